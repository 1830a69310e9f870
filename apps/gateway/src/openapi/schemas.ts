import { JOB_STATES } from '#libs/job-store';
import type { ApiBodyOptions, ApiQueryOptions } from '@nestjs/swagger';
import { PROBLEM_CONTENT_TYPE } from '../http/problem.ts';

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

export interface ResponseOptions {
  readonly description: string;
  readonly schema: Record<string, unknown>;
}

/** Unlike all else, of a media type of its own. */
interface ContentOptions {
  readonly description: string;
  readonly content: Record<string, { schema: Record<string, unknown> }>;
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

export const PROBLEM_RESPONSE: ContentOptions = {
  description: 'A problem (RFC 9457)',
  content: {
    [PROBLEM_CONTENT_TYPE]: {
      schema: object({ type: string, title: string, status: integer, detail: string, code: string }),
    },
  },
};

export const EVENTS_RESPONSE: ContentOptions = {
  description: 'The events, until the job has ended',
  content: { 'text/event-stream': { schema: string } },
};

export const WRITE_RESPONSE: ResponseOptions = {
  description: 'The result of a job that writes, when it ended within the wait',
  schema: object({
    indexed: integer,
    updated: { ...integer, description: 'of the indexed, those that replaced a document' },
    deleted: integer,
    failed: integer,
    errors: {
      type: 'array',
      description: 'the first ones; `failed` counts all',
      items: object({ item: integer, file: string, line: integer, code: string, detail: string }),
    },
    version: integer,
    segments: integer,
  }),
};

const LISTED_INDEX = {
  index: string,
  version: integer,
  documents: integer,
  deletedDocuments: integer,
  segments: integer,
  bytes: integer,
  updatedAt: { type: 'string', format: 'date-time' },
};

export const INDEX_RESPONSE: ResponseOptions = {
  description: 'The index',
  schema: object({
    ...LISTED_INDEX,
    schema: object({ fields: anything, dynamic: anything, maxFields: integer }),
    segmentList: { type: 'array', items: object({ id: string, documents: integer, deleted: integer, bytes: integer }) },
  }),
};

export const INDEXES_RESPONSE: ResponseOptions = {
  description: 'The indexes',
  schema: object({ indexes: { type: 'array', items: object(LISTED_INDEX) } }),
};

export const DOCUMENT_RESPONSE: ResponseOptions = {
  description: 'The document',
  schema: object({ _id: string, _source: anything, version: integer }),
};

/** The parameters of a search by URL, as far as they are no more than a text or a number. */
export const SEARCH_QUERIES: ApiQueryOptions[] = [
  { name: 'q', description: "Lucene's query-string syntax", schema: string },
  { name: 'size', schema: integer },
  { name: 'from', schema: integer },
  { name: 'sort', description: 'such as date:desc,title', schema: string },
  { name: 'timeout', schema: string },
  { name: 'consistency', schema: { type: 'string', enum: ['strong', 'eventual'] } },
  { name: 'searchType', schema: { type: 'string', enum: ['default', 'dfs'] } },
].map((query) => ({ required: false, ...query }));

export const SEARCH_RESPONSE: ResponseOptions = {
  description: 'The result',
  schema: object({
    took: { ...integer, description: 'ms' },
    version: integer,
    total: object({ value: integer, relation: { enum: ['eq', 'gte'] } }),
    maxScore: { type: 'number', nullable: true },
    hits: {
      type: 'array',
      items: object({
        _id: string,
        _score: number,
        _source: anything,
        highlight: anything,
        sort: anything,
        matched_queries: { type: 'array', items: string },
        _explanation: anything,
      }),
    },
    aggs: anything,
    suggest: anything,
    shards: object({ total: integer, successful: integer, failed: integer, skipped: integer }),
    coverage: number,
    receipt: anything,
  }),
};

export const JOBS_RESPONSE: ResponseOptions = {
  description: 'A page of jobs, without their results; `next` is there when there are more',
  schema: object({ jobs: { type: 'array', items: JOB_RESPONSE.schema }, next: string }),
};

const body = (schema: Record<string, unknown>, required = true): ApiBodyOptions => ({ schema, required });

export const DEFINITION_BODY = body(
  object({
    fields: { type: 'object', additionalProperties: anything, description: 'field name → type or {type, analyzer, …}' },
    mappings: {
      ...object({ properties: anything, dynamic: { enum: [true, false, 'strict'] } }),
      description: 'in place of fields',
    },
    settings: object({
      dynamic: { enum: [true, false, 'strict'] },
      maxFields: integer,
      analysis: object({
        analyzer: anything,
        tokenizer: anything,
        filter: anything,
        char_filter: anything,
        normalizer: anything,
      }),
      index: {
        type: 'object',
        description: "the same as Elasticsearch's clients send it; shards and replicas mean nothing",
      },
    }),
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
    suggest: { type: 'object', description: 'by name: {text, term: {field}} or {prefix, completion: {field}}' },
    post_filter: { description: 'a query that hits must match too, but not what is aggregated' },
    min_score: number,
    track_scores: { type: 'boolean' },
    explain: { type: 'boolean', description: 'how each score came about' },
    trackTotalHits: anything,
    timeout: string,
    consistency: { enum: ['strong', 'eventual'] },
    minVersion: integer,
    searchType: { enum: ['default', 'dfs'] },
  }),
  false,
);
