import { finishSearch } from '../present/finish-search.ts';
import type { QuerySchema } from '../search.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { buildSegment, type TestDocument } from './build-segments.ts';
import { runSearch } from './run-search.ts';

/** Aggregations as a client writes them → the answer, over two segments. Rejects as the search does. */
export async function aggregate(
  documents: readonly TestDocument[],
  schema: QuerySchema,
  aggs: object,
  body: object = {},
): Promise<Record<string, any>> {
  const halves = [0, 1].map((half) => documents.filter((_, at) => at % 2 === half));
  const segments = await Promise.all(
    halves.filter(({ length }) => length > 0).map((half, at) => buildSegment(`s${at}`, half, schema)),
  );
  const request = parseSearchRequest({ size: 0, aggs, ...body });
  const partial = await runSearch(segments, request, schema);
  if (partial.failed.length > 0) throw new Error(JSON.stringify(partial.failed));
  return finishSearch(partial, request, schema, { version: 1, tookMs: 0 }).aggs!;
}
