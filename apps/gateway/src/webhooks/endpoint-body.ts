import { z } from 'zod';
import { invalid, parseDurationMs } from '#libs/kernel';
import { coversPattern, isIndexPattern, type Caller } from '#libs/identity';
import {
  checkWebhookUrl,
  END_EVENTS,
  partialTargetSchema,
  ROTATION_MS,
  WEBHOOK_EVENTS,
  type AddressPolicy,
  type Endpoint,
  type EndpointDraft,
  type WebhookEvent,
} from '#libs/webhooks';
import { parseBody } from './parse-body.ts';

const CODE = 'bad_webhook';
const LONGEST_ROTATION_MS = 7 * 24 * 3_600_000;
const MAX_NAMES = 50;

const fields = {
  url: z.string(),
  description: z.string().max(500),
  events: z.array(z.enum(WEBHOOK_EVENTS)).min(1),
  kinds: z.array(z.string().min(1).max(64)).min(1).max(MAX_NAMES),
  indexes: z
    .array(z.string().refine(isIndexPattern, 'expected an index name, with * for any characters'))
    .min(1)
    .max(MAX_NAMES),
  partial: partialTargetSchema,
};

const created = z.strictObject({
  url: fields.url,
  /** Every end, and partials when it has a target. */
  events: fields.events.optional(),
  description: fields.description.optional(),
  kinds: fields.kinds.optional(),
  indexes: fields.indexes.optional(),
  partial: fields.partial.optional(),
});

/** What is null is taken away. */
const changed = z.strictObject({
  url: fields.url.optional(),
  events: fields.events.optional(),
  description: fields.description.nullish(),
  kinds: fields.kinds.nullish(),
  indexes: fields.indexes.nullish(),
  partial: fields.partial.nullish(),
  disabled: z.boolean().optional(),
});

const rotation = z.strictObject({ keepFor: z.string().optional() });

/** The body of a creation. Throws `invalid` (`bad_webhook`, `bad_webhook_url`). */
export function parseNewEndpoint(body: unknown, caller: Caller, policy: AddressPolicy): EndpointDraft {
  const { events: given, ...draft } = parseBody(created, body, CODE);
  const events: readonly WebhookEvent[] = given ?? [
    ...END_EVENTS,
    ...(draft.partial ? (['job.partial'] as const) : []),
  ];
  checkWebhookUrl(draft.url, policy);
  return checked(caller, { ...draft, events: [...new Set(events)] });
}

/** What a change makes of an endpoint. Throws as `parseNewEndpoint`, but for what the change itself brings at once. */
export function parseEndpointChange(
  body: unknown,
  caller: Caller,
  policy: AddressPolicy,
  now: number,
): (endpoint: Endpoint) => Endpoint {
  const { disabled, ...change } = parseBody(changed, body, CODE);
  if (change.url !== undefined) checkWebhookUrl(change.url, policy);
  return (endpoint) => {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const merged = Object.fromEntries(
      Object.entries({ ...endpoint, ...Object.fromEntries(given) }).filter(([, value]) => value !== null),
    ) as Endpoint;
    const next = checked(caller, merged);
    if (disabled === undefined || disabled === (endpoint.disabled !== undefined)) return next;
    if (disabled) return { ...next, disabled: { at: now, reason: 'disabled by hand' } };
    const { disabled: _, ...enabled } = next;
    return enabled;
  };
}

/** For how long the old secret goes on signing, ms. Throws `invalid` (`bad_webhook`, `bad_duration`). */
export function parseRotation(body: unknown): number {
  const { keepFor } = parseBody(rotation, body, CODE);
  if (keepFor === undefined) return ROTATION_MS;
  const keepMs = parseDurationMs(keepFor);
  if (keepMs <= LONGEST_ROTATION_MS) return keepMs;
  throw invalid(CODE, `keepFor: ${keepFor} is longer than 7d`, { path: 'keepFor' });
}

/** Whoever is confined to some indexes hears of those alone: they are its default. */
function checked<T extends EndpointDraft>(caller: Caller, draft: T): T {
  if (draft.events.includes('job.partial') !== (draft.partial !== undefined)) {
    throw invalid(CODE, 'partial: job.partial takes a target, {coverage} or {hits}, and a target takes job.partial', {
      path: 'partial',
    });
  }
  if (!caller.indexes) return draft;
  const indexes = draft.indexes ?? [...caller.indexes];
  const foreign = indexes.find((pattern) => !coversPattern(caller.indexes, pattern));
  if (foreign === undefined) return { ...draft, indexes };
  throw invalid(CODE, `indexes: "${foreign}" is more than the credentials allow (${caller.indexes.join(', ')})`, {
    path: 'indexes',
  });
}
