import type { ApiBodyOptions } from '@nestjs/swagger';
import { JOB_STATES } from '#libs/job-store';
import { WEBHOOK_EVENTS } from '#libs/webhooks';
import type { ResponseOptions } from '../openapi/schemas.ts';

const string = { type: 'string' };
const integer = { type: 'integer' };
const time = { type: 'string', format: 'date-time' };
const object = (properties: Record<string, unknown>): Record<string, unknown> => ({ type: 'object', properties });
const listOf = (items: Record<string, unknown>): Record<string, unknown> => ({ type: 'array', items });

const FIELDS = {
  url: { ...string, description: 'https or http; redirects are not followed' },
  description: string,
  events: listOf({ enum: [...WEBHOOK_EVENTS] }),
  kinds: { ...listOf(string), description: 'only of jobs of these kinds' },
  indexes: { ...listOf(string), description: 'only of these indexes; * stands for any text' },
  partial: {
    ...object({ coverage: { type: 'number', exclusiveMinimum: 0, maximum: 1 }, hits: { ...integer, minimum: 1 } }),
    description: 'when job.partial is due: whichever is reached first',
  },
};

const WEBHOOK = {
  id: string,
  ...FIELDS,
  disabled: object({ at: time, reason: string }),
  secrets: listOf(object({ createdAt: time, expiresAt: time })),
  createdAt: time,
};
const SECRET = { ...string, description: 'whsec_…, for any library of Standard Webhooks' };

const body = (schema: Record<string, unknown>, required = true): ApiBodyOptions => ({ schema, required });

export const WEBHOOK_BODY = body({ ...object(FIELDS), required: ['url'] });
export const CHANGED_WEBHOOK_BODY = body(object({ ...FIELDS, disabled: { type: 'boolean' } }));
export const ROTATION_BODY = body(
  object({
    keepFor: { ...string, description: 'how long the old secret goes on signing, such as 24h (default); 0 ends it' },
  }),
  false,
);

export const WEBHOOK_RESPONSE: ResponseOptions = { description: 'The webhook', schema: object(WEBHOOK) };
export const NEW_WEBHOOK_RESPONSE: ResponseOptions = {
  description: 'The webhook; `secret` is shown this once',
  schema: object({ ...WEBHOOK, secret: SECRET }),
};
export const WEBHOOKS_RESPONSE: ResponseOptions = {
  description: 'The webhooks',
  schema: object({ webhooks: listOf(object(WEBHOOK)) }),
};
export const CALLBACK_SECRET_RESPONSE: ResponseOptions = {
  description: 'The secret',
  schema: object({ secret: SECRET, secrets: WEBHOOK.secrets }),
};

const DELIVERY = object({
  id: string,
  webhookId: string,
  event: string,
  job: string,
  state: { enum: [...JOB_STATES] },
  createdAt: time,
  finishedAt: time,
  nextTryAt: time,
  tries: listOf(object({ at: time, status: integer, error: object({ code: string, detail: string }) })),
});

export const DELIVERY_RESPONSE: ResponseOptions = { description: 'The delivery', schema: DELIVERY };
export const DELIVERIES_RESPONSE: ResponseOptions = {
  description: 'A page of deliveries; `next` is there when there are more',
  schema: object({ deliveries: listOf(DELIVERY), next: string }),
};
