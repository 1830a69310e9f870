import { z } from 'zod';
import { partialTargetSchema, reached, type PartialReach } from './partial-target.ts';
import { END_EVENTS, WEBHOOK_EVENTS, type WebhookEvent } from './webhook-event.ts';

/** Whom one job calls back: kept in its record, signed with the tenant's callback secret. */
export const callbackSchema = z.object({
  url: z.string(),
  /** Default: every end, and `job.partial` when there is a target for it. */
  events: z.array(z.enum(WEBHOOK_EVENTS)).optional(),
  partial: partialTargetSchema.optional(),
});
export type Callback = z.infer<typeof callbackSchema>;

export const calledOn = ({ events = END_EVENTS }: Callback, event: WebhookEvent): boolean =>
  (events as readonly WebhookEvent[]).includes(event);

/** To name a target is to ask for the event. */
export const calledOnPartial = ({ partial }: Callback, reach: PartialReach): boolean =>
  partial !== undefined && reached(partial, reach);
