import { z } from 'zod';
import { OptionReader, readQuery, requestError, type QueryNode } from '#libs/query';
import type { WriteResult } from '../write-result.ts';

/** What a deletion by query is asked for. */
export const deleteByQuerySpec = z.object({
  query: z.custom<QueryNode>((value) => typeof value === 'object' && value !== null),
  /** The version that is searched is at least this. */
  minVersion: z.number().int().min(0).optional(),
  /** What happens when a document that was found is replaced or deleted by others first. */
  conflicts: z.enum(['abort', 'proceed']).default('abort'),
  maxDocs: z.number().int().min(1).optional(),
  /** Only counts. */
  dryRun: z.boolean().default(false),
});
export type DeleteByQuerySpec = z.output<typeof deleteByQuerySpec>;

/** What a deletion by query has done. */
export interface DeleteByQueryResult extends WriteResult {
  /** Documents that matched in the version that was searched. */
  readonly matched: number;
  /** Of those to delete, the ones that others had replaced or deleted first: they stay as they are. */
  readonly versionConflicts: number;
  /** Nothing was deleted; so many would have been: `matched`, and `maxDocs` at most. */
  readonly dryRun: boolean;
}

const CODE = 'bad_delete_request';
/** Elasticsearch's, which have no meaning here or not yet one: refused by name. */
const UNSUPPORTED = [
  'aggs',
  'from',
  'post_filter',
  'refresh',
  'requests_per_second',
  'routing',
  'scroll',
  'scroll_size',
  'search_after',
  'search_type',
  'size',
  'slice',
  'slices',
  'sort',
  'terminate_after',
  'timeout',
  'wait_for_completion',
];

/**
 * The body of `POST …/delete-by-query`, in camelCase or snake_case. A query has to be said: every document is
 * `{"query": {"match_all": {}}}`. Throws `invalid`: `bad_delete_request`, `unknown_key`, `unsupported_option`, and those of
 * queries.
 */
export function parseDeleteByQuery(body: unknown): DeleteByQuerySpec {
  const options = new OptionReader(body ?? {}, '', {
    code: CODE,
    what: 'a deletion by query',
    allowed: ['query', 'q', 'min_version', 'conflicts', 'max_docs', 'dry_run'],
    unsupported: UNSUPPORTED,
  });
  const query = readQuery(options, CODE);
  if (!query) {
    throw requestError(CODE, '', 'a deletion needs a "query" or a "q"; every document is {"query": {"match_all": {}}}');
  }
  const minVersion = options.number('min_version', { integer: true, min: 0 });
  const maxDocs = options.number('max_docs', { integer: true, min: 1 });
  return {
    query,
    conflicts: options.oneOf('conflicts', ['abort', 'proceed']) ?? 'abort',
    dryRun: options.boolean('dry_run') ?? false,
    ...(minVersion !== undefined && { minVersion }),
    ...(maxDocs !== undefined && { maxDocs }),
  };
}
