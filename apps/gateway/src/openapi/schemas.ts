import { JOB_STATES } from '#libs/job-store';
import type { ApiBodyOptions, ApiQueryOptions } from '@nestjs/swagger';

/** What OpenAPI says of bodies and answers; the validation itself is in the libs that own the shapes. */
const object = (properties: Record<string, unknown>, description?: string): Record<string, unknown> => ({
  type: 'object',
  properties,
  ...(description && { description }),
});
const string = { type: 'string' };
const integer = { type: 'integer' };
const number = { type: 'number' };
const anything = {};

interface ResponseOptions {
  readonly description: string;
  readonly schema: Record<string, unknown>;
}

export const WAIT_QUERY: ApiQueryOptions = {
  name: 'wait',
  required: false,
  description: 'how long to wait for the end, e.g. 5s; also as the header `Prefer: wait=5`',
  schema: string as never,
};

export const JOB_RESPONSE: ResponseOptions = {
  description: 'The job',
  schema: object({
    id: string,
    kind: string,
    index: string,
    state: { enum: [...JOB_STATES] },
    attempt: integer,
    createdAt: { type: 'string', format: 'date-time' },
    startedAt: { type: 'string', format: 'date-time' },
    finishedAt: { type: 'string', format: 'date-time' },
    progress: object({ total: integer, done: integer, failed: integer }, 'tasks'),
    work: object({ doneBytes: integer, totalBytes: integer, documents: integer }),
    coverage: number,
    partial: anything,
    result: anything,
    error: object({ code: string, title: string, detail: string }),
    receipt: anything,
  }),
};

export const PROBLEM_RESPONSE: ResponseOptions = {
  description: 'A problem (RFC 9457)',
  schema: object({ type: string, title: string, status: integer, detail: string, code: string }),
};

export const SEARCH_RESPONSE: ResponseOptions = {
  description: 'The result',
  schema: object({
    took: { ...integer, description: 'ms' },
    version: integer,
    total: object({ value: integer, relation: { enum: ['eq', 'gte'] } }),
    maxScore: { type: 'number', nullable: true },
    hits: {
      type: 'array',
      items: object({ _id: string, _score: number, _source: anything, highlight: anything, sort: anything }),
    },
    aggs: anything,
    shards: object({ total: integer, successful: integer, failed: integer, skipped: integer }),
    coverage: number,
    receipt: anything,
  }),
};

const body = (schema: Record<string, unknown>, required = true): ApiBodyOptions => ({ schema, required });

export const DEFINITION_BODY = body(
  object({
    fields: { type: 'object', additionalProperties: anything, description: 'field name → type or {type, analyzer, …}' },
    settings: object({ dynamic: { enum: [true, false, 'strict'] }, maxFields: integer }),
  }),
  false,
);

export const IMPORT_BODY = body({
  ...object({
    source: { ...string, description: 'file:///absolute/path or s3://bucket/key; a folder or prefix means all of it' },
    sources: { type: 'array', items: string },
    format: { enum: ['ndjson', 'json', 'csv', 'text', 'markdown'], description: 'default: by the file name' },
    onError: { enum: ['skip', 'fail'] },
    idField: string,
  }),
});

export const SEARCH_BODY = body(
  object({
    query: { description: "a query of Elasticsearch's DSL" },
    q: { ...string, description: "Lucene's query-string syntax" },
    size: integer,
    from: integer,
    searchAfter: { type: 'array', items: anything },
    sort: anything,
    _source: anything,
    fields: { type: 'array', items: string },
    aggs: anything,
    highlight: anything,
    trackTotalHits: anything,
    timeout: string,
    consistency: { enum: ['strong', 'eventual'] },
    minVersion: integer,
    searchType: { enum: ['default', 'dfs'] },
  }),
  false,
);
