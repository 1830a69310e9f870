import type { ApiBodyOptions } from '@nestjs/swagger';
import type { ResponseOptions } from '../openapi/schemas.ts';

const integer = { type: 'integer' } as const;
const string = { type: 'string' } as const;
const FORMAT = { enum: ['ndjson', 'csv'] };
const COMPRESSION = { enum: ['none', 'gzip', 'zstd'] };

export const EXPORT_BODY: ApiBodyOptions = {
  required: false,
  schema: {
    type: 'object',
    properties: {
      query: { description: "a query of Elasticsearch's DSL; default: every document" },
      q: { ...string, description: "Lucene's query-string syntax" },
      format: { ...FORMAT, description: 'default ndjson, which can be imported as it was; CSV has no types' },
      compression: { ...COMPRESSION, description: 'default none' },
      target: {
        ...string,
        description:
          'file:///folder or s3://bucket/prefix, empty; without one the parts lie with the job, to be downloaded',
      },
      _source: { description: 'which parts of the documents, as in a search' },
      fields: { type: 'array', items: string, description: 'names or patterns; the columns of a CSV, in their order' },
      minVersion: { ...integer, description: 'read this version of the index at least' },
    },
  },
};

export const EXPORT_RESPONSE: ResponseOptions = {
  description: 'What was written, when the job ended within the wait',
  schema: {
    type: 'object',
    properties: {
      version: integer,
      documents: integer,
      bytes: integer,
      plainBytes: { ...integer, description: 'before compression' },
      format: FORMAT,
      compression: COMPRESSION,
      target: string,
      manifest: { ...string, description: 'where the list of parts is; absent while parts are missing' },
      download: { ...string, description: 'path of the whole as one download, without a target' },
      parts: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: string, documents: integer, bytes: integer, plainBytes: integer, headerBytes: integer },
        },
      },
      failed: { ...integer, description: 'tasks of which no part is there' },
      errors: { type: 'array', items: { type: 'object', properties: { code: string, detail: string } } },
    },
  },
};

export const DOWNLOAD_RESPONSE = {
  description: 'The documents',
  content: {
    'application/x-ndjson': { schema: string },
    'text/csv': { schema: string },
    'application/gzip': { schema: { type: 'string', format: 'binary' } },
    'application/zstd': { schema: { type: 'string', format: 'binary' } },
  },
};
