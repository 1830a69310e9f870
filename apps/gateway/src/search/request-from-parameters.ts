import { invalid } from '#libs/kernel';
import { CALLBACK_PARAMETERS } from '../webhooks/callback-of.ts';

const NUMBERS = new Set(['size', 'from']);
const TEXTS = new Set(['q', 'sort', 'timeout', 'consistency', 'searchType', 'search_type']);
/** Handled by the route itself. */
const OTHERS = new Set<string>(['wait', 'pretty', ...CALLBACK_PARAMETERS]);

/** The body with what the URL says; the two must not both say the same thing. Throws `invalid` (`bad_parameter`). */
export function requestFromParameters(
  parameters: Readonly<Record<string, string | string[] | undefined>>,
  body: unknown,
): unknown {
  const fromUrl: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (OTHERS.has(name) || value === undefined) continue;
    if (Array.isArray(value))
      throw invalid('bad_parameter', `"${name}" stands in the URL more than once`, { parameter: name });
    if (NUMBERS.has(name)) {
      if (!/^\d+$/.test(value))
        throw invalid('bad_parameter', `${name}=${value} is not a whole number`, { parameter: name });
      fromUrl[name] = Number(value);
    } else if (name === 'sort') fromUrl[name] = value.split(',').map(sortKey);
    else if (TEXTS.has(name)) fromUrl[name] = value;
    else {
      const known = [...NUMBERS, ...TEXTS, ...OTHERS].join(', ');
      throw invalid('bad_parameter', `unknown parameter "${name}"; known are ${known}`, { parameter: name });
    }
  }
  if (Object.keys(fromUrl).length === 0) return body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const twice = Object.keys(fromUrl).find((name) => name in body);
  if (twice !== undefined) throw invalid('bad_parameter', `"${twice}" stands both in the URL and in the body`);
  return { ...body, ...fromUrl };
}

/** `date:desc` as Elasticsearch's URL search writes it. */
function sortKey(text: string): unknown {
  const [field, order] = text.split(':');
  return order === undefined ? field : { [field!]: order };
}
