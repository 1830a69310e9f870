import { z } from 'zod';
import { matchesPattern } from './name-pattern.ts';
import { reached, partialTargetSchema, type PartialReach } from './partial-target.ts';
import { signingSecretSchema } from './signing-secret.ts';
import { WEBHOOK_EVENTS, type WebhookEvent } from './webhook-event.ts';

/** As it is stored. Its secrets lie there readable: they have to sign. */
export const endpointSchema = z.object({
  /** `ep_` and a ULID. */
  id: z.string(),
  tenant: z.string(),
  url: z.string(),
  description: z.string().optional(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  /** Only of jobs of these kinds; default: of all. */
  kinds: z.array(z.string()).optional(),
  /** Only of indexes whose names match one of these patterns, in which `*` is any text; default: of all. */
  indexes: z.array(z.string()).optional(),
  /** When `job.partial` is due. */
  partial: partialTargetSchema.optional(),
  /** Newest first. */
  secrets: z.array(signingSecretSchema).min(1),
  /** Nothing is sent. Set by a receiver that answers 410, or by hand. */
  disabled: z.object({ at: z.number(), reason: z.string() }).optional(),
  createdAt: z.number(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** What somebody may choose of an endpoint. */
export type EndpointDraft = Pick<Endpoint, 'url' | 'description' | 'events' | 'kinds' | 'indexes' | 'partial'>;

export interface Subject {
  readonly kind: string;
  readonly index: string;
}

/** Whether it asks for any event of such a job. */
export function concerns(endpoint: Endpoint, { kind, index }: Subject): boolean {
  if (endpoint.disabled) return false;
  if (endpoint.kinds && !endpoint.kinds.includes(kind)) return false;
  return endpoint.indexes?.some((pattern) => matchesPattern(pattern, index)) ?? true;
}

export const wants = (endpoint: Endpoint, event: WebhookEvent, subject: Subject): boolean =>
  endpoint.events.includes(event) && concerns(endpoint, subject);

export const wantsPartial = (endpoint: Endpoint, subject: Subject, reach: PartialReach): boolean =>
  wants(endpoint, 'job.partial', subject) && endpoint.partial !== undefined && reached(endpoint.partial, reach);
