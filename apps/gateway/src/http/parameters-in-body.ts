import { invalid } from '#libs/kernel';
import { CALLBACK_PARAMETERS } from '../webhooks/callback-of.ts';

export type Parameters = Readonly<Record<string, string | string[] | undefined>>;

/** What a parameter's text says; throws `invalid` (`bad_parameter`). */
export type ReadParameter = (value: string, name: string) => unknown;

/** Handled by the route itself. */
const OTHERS = new Set<string>(['wait', 'pretty', ...CALLBACK_PARAMETERS]);

export const asText: ReadParameter = (value) => value;

export const asNumber: ReadParameter = (value, name) => {
  if (/^\d+$/.test(value)) return Number(value);
  throw invalid('bad_parameter', `${name}=${value} is not a whole number`, { parameter: name });
};

export const asFlag: ReadParameter = (value, name) => {
  if (value === 'true' || value === '') return true;
  if (value === 'false') return false;
  throw invalid('bad_parameter', `${name}=${value} is not true or false`, { parameter: name });
};

/**
 * The body with what the URL says; the two must not both say the same thing, and nothing that is not understood is dropped
 * (SYN-4). Throws `invalid` (`bad_parameter`).
 */
export function withParameters(
  parameters: Parameters,
  body: unknown,
  known: Readonly<Record<string, ReadParameter>>,
): unknown {
  const fromUrl: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (OTHERS.has(name) || value === undefined) continue;
    if (Array.isArray(value))
      throw invalid('bad_parameter', `"${name}" stands in the URL more than once`, { parameter: name });
    if (!Object.hasOwn(known, name)) {
      const names = [...Object.keys(known), ...OTHERS].join(', ');
      throw invalid('bad_parameter', `unknown parameter "${name}"; known are ${names}`, { parameter: name });
    }
    fromUrl[name] = known[name]!(value, name);
  }
  if (Object.keys(fromUrl).length === 0) return body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const twice = Object.keys(fromUrl).find((name) => name in body);
  if (twice !== undefined) throw invalid('bad_parameter', `"${twice}" stands both in the URL and in the body`);
  return { ...body, ...fromUrl };
}
