import type { ApiBodyOptions, ApiQueryOptions } from '@nestjs/swagger';
import { WRITE_RESPONSE, type ResponseOptions } from '../openapi/schemas.ts';

const integer = { type: 'integer' } as const;
const boolean = { type: 'boolean' } as const;
const string = { type: 'string' } as const;

const CONFLICTS = {
  enum: ['abort', 'proceed'],
  description: 'when others replace or delete a document first: nothing is deleted (409), or the others are',
};
const DRY_RUN = { ...boolean, description: 'only count' };
const MAX_DOCS = { ...integer, description: 'delete so many at most' };

export const DELETION_BODY: ApiBodyOptions = {
  required: false,
  schema: {
    type: 'object',
    properties: {
      query: { description: "a query of Elasticsearch's DSL; this or q has to be given" },
      q: { ...string, description: "Lucene's query-string syntax" },
      conflicts: CONFLICTS,
      maxDocs: MAX_DOCS,
      dryRun: DRY_RUN,
      minVersion: { ...integer, description: 'search this version of the index at least' },
    },
  },
};

export const DELETION_QUERIES: ApiQueryOptions[] = [
  { name: 'q', description: "Lucene's query-string syntax", schema: string },
  { name: 'conflicts', schema: { type: 'string', enum: ['abort', 'proceed'] } },
  { name: 'maxDocs', schema: integer },
  { name: 'dryRun', schema: boolean },
].map((query) => ({ required: false, ...query }));

export const DELETION_RESPONSE: ResponseOptions = {
  description: 'The result, when the job ended within the wait',
  schema: {
    ...WRITE_RESPONSE.schema,
    properties: {
      ...(WRITE_RESPONSE.schema['properties'] as object),
      failed: { ...integer, description: 'documents that could not be looked at' },
      matched: { ...integer, description: 'documents that matched in the version that was searched' },
      versionConflicts: { ...integer, description: 'of those to delete, what others had replaced or deleted first' },
      dryRun: boolean,
    },
  },
};
