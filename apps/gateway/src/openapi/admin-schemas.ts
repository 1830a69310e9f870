import type { ApiBodyOptions } from '@nestjs/swagger';
import { JOB_RESPONSE, type ResponseOptions } from './schemas.ts';

/** What OpenAPI says of the operators' part of the API. */
const object = (properties: Record<string, unknown>, required = Object.keys(properties)): Record<string, unknown> => ({
  type: 'object',
  properties,
  required,
});
const listOf = (items: Record<string, unknown>): Record<string, unknown> => ({ type: 'array', items });
const string = { type: 'string' };
const integer = { type: 'integer' };
const boolean = { type: 'boolean' };
const time = { type: 'string', format: 'date-time' };

const QUEUE = object({
  mailbox: string,
  ready: { ...integer, description: 'messages that can be delivered now' },
  delayed: integer,
  inFlight: integer,
  dead: integer,
  oldestReadyMs: { ...integer, description: 'age of the oldest ready message' },
  paused: boolean,
});

export const QUEUE_RESPONSE: ResponseOptions = { description: 'The mailbox', schema: QUEUE };
export const QUEUES_RESPONSE: ResponseOptions = {
  description: 'The mailboxes, by name',
  schema: object({ queues: listOf(QUEUE), bullBoard: { ...string, description: 'where bull-board is, if it is' } }, [
    'queues',
  ]),
};

const MEMBER = object({
  id: string,
  kind: { enum: ['worker', 'gateway'] },
  host: string,
  pid: integer,
  version: string,
  startedAt: time,
  ageMs: integer,
  roles: listOf(string),
  draining: boolean,
  drainRequested: boolean,
  load: object({ running: integer, waiting: integer, concurrency: integer }),
  cache: object({ bytes: integer, maxBytes: integer, hits: integer, misses: integer }),
});

export const WORKER_RESPONSE: ResponseOptions = { description: 'The worker', schema: MEMBER };
export const WORKERS_RESPONSE: ResponseOptions = {
  description: 'Workers and gateways that give signs of life',
  schema: object({ workers: listOf(MEMBER), gateways: listOf(MEMBER) }),
};

export const DEAD_LETTERS_RESPONSE: ResponseOptions = {
  description: 'A page of dead letters, which may be short of `limit`; `next` is there when there are more',
  schema: object(
    {
      deadLetters: listOf(
        object(
          {
            mailbox: string,
            id: string,
            reason: string,
            attempts: integer,
            publishedAt: time,
            diedAt: time,
            body: string,
            job: string,
            kind: string,
            tenant: string,
            index: string,
            state: { ...string, description: 'of the job' },
          },
          ['mailbox', 'id', 'reason', 'attempts', 'publishedAt', 'diedAt', 'body'],
        ),
      ),
      next: string,
    },
    ['deadLetters'],
  ),
};

export const LETTER_SELECTION_BODY: ApiBodyOptions = {
  required: true,
  schema: object({ mailbox: string, ids: listOf(string), all: { enum: [true] } }, ['mailbox']),
};

export const COUNT_RESPONSE: ResponseOptions = {
  description: 'How many letters it was done to',
  schema: object({ count: integer }),
};

const { properties } = JOB_RESPONSE.schema as { properties: Record<string, unknown> };
export const ADMIN_JOBS_RESPONSE: ResponseOptions = {
  description: 'A page of jobs, without their results; `next` is there when there are more',
  schema: object({ jobs: listOf(object({ ...properties, tenant: string }, ['id', 'tenant'])), next: string }, ['jobs']),
};
