/** What an endpoint or a callback may ask to be told of. Stable names: receivers match on them. */
export const WEBHOOK_EVENTS = ['job.succeeded', 'job.failed', 'job.cancelled', 'job.expired', 'job.partial'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** How a job may end. */
export const END_EVENTS = [
  'job.succeeded',
  'job.failed',
  'job.cancelled',
  'job.expired',
] as const satisfies WebhookEvent[];

/** Sent on demand to try an endpoint out; nobody subscribes to it. */
export const TEST_EVENT = 'webhook.test';
