import type { ApiQueryOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { invalid } from '#libs/kernel';
import { checkWebhookUrl, WEBHOOK_EVENTS, type AddressPolicy, type Callback } from '#libs/webhooks';

/** What a submission may say of whom to call back: in its URL, or in a body of Quarry's own. */
export const CALLBACK_PARAMETERS = ['callbackUrl', 'callbackEvents', 'callbackCoverage', 'callbackHits'] as const;

type Parameters = Readonly<Record<string, unknown>>;

const numberOf = (schema: z.ZodType<number>): z.ZodType<number> =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), schema);

const schema = z.object({
  callbackUrl: z.string(),
  callbackEvents: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',').map((event) => event.trim()) : value),
      z.array(z.enum(WEBHOOK_EVENTS)).min(1),
    )
    .optional(),
  callbackCoverage: numberOf(z.number().gt(0).max(1)).optional(),
  callbackHits: numberOf(z.int().min(1)).optional(),
});

/**
 * Whom to call back, if anybody. Throws `invalid`: `bad_callback_url`, `bad_callback` (the others), `bad_parameter` (said
 * both in the URL and in the body).
 */
export function callbackOf(query: Parameters, body: unknown, policy: AddressPolicy): Callback | undefined {
  const inBody = isObject(body) ? body : {};
  const given: Record<string, unknown> = {};
  for (const name of CALLBACK_PARAMETERS) {
    if (query[name] !== undefined && inBody[name] !== undefined)
      throw invalid('bad_parameter', `"${name}" stands both in the URL and in the body`, { parameter: name });
    const value = query[name] ?? inBody[name];
    if (value !== undefined) given[name] = value;
  }
  const [first] = Object.keys(given);
  if (first === undefined) return undefined;
  if (given['callbackUrl'] === undefined)
    throw invalid('bad_callback', `"${first}" says nothing without "callbackUrl"`, { parameter: first });
  const { callbackUrl, callbackEvents, callbackCoverage, callbackHits } = parsed(given);
  checkWebhookUrl(callbackUrl, policy, 'bad_callback_url');
  const partial = {
    ...(callbackCoverage !== undefined && { coverage: callbackCoverage }),
    ...(callbackHits !== undefined && { hits: callbackHits }),
  };
  const hasTarget = Object.keys(partial).length > 0;
  if (callbackEvents?.includes('job.partial') && !hasTarget)
    throw invalid('bad_callback', 'job.partial takes a "callbackCoverage" or "callbackHits"', {
      parameter: 'callbackEvents',
    });
  return {
    url: callbackUrl,
    ...(callbackEvents && { events: [...new Set(callbackEvents)] }),
    ...(hasTarget && { partial }),
  };
}

/** The body without what `callbackOf` reads of it. */
export function withoutCallback(body: unknown): unknown {
  if (!isObject(body) || !CALLBACK_PARAMETERS.some((name) => name in body)) return body;
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => !(CALLBACK_PARAMETERS as readonly string[]).includes(name)),
  );
}

export const CALLBACK_QUERIES: ApiQueryOptions[] = [
  { name: 'callbackUrl', description: 'is called when the job ends, signed as Standard Webhooks asks' },
  { name: 'callbackEvents', description: `of ${WEBHOOK_EVENTS.join(', ')}; default: every end` },
  { name: 'callbackCoverage', description: 'job.partial is due at this share of the work, such as 0.5' },
  { name: 'callbackHits', description: 'or at so many hits' },
].map((query) => ({ ...query, required: false, schema: { type: 'string' } }));

function parsed(given: Record<string, unknown>): z.infer<typeof schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.path[0]);
  const code = name === 'callbackUrl' ? 'bad_callback_url' : 'bad_callback';
  throw invalid(code, `${name}: ${issue?.message ?? 'not valid'}`, { parameter: name });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
