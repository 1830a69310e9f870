import { analyzer } from '#libs/analysis';
import { Yielder, systemClock } from '#libs/kernel';
import {
  compileQuery,
  parseSearchRequest,
  searchSegments,
  type QuerySchema,
  type SearchableSegment,
  type SearchPartial,
  type SearchStatistics,
} from '#libs/query';
import {
  bytesSource,
  createSegmentBuilder,
  openSegment,
  type BuiltSegment,
  type FieldSpec,
  type SegmentMeta,
  type SegmentSource,
} from '#libs/segment';
import type { BenchDocument } from './corpus.ts';

/** One segment of `body` texts in memory, built and searched by the very code of the product. */
export interface MemoryIndex {
  readonly search: (body: unknown) => Promise<SearchPartial>;
  readonly segmentBytes: number;
  readonly footerBytes: number;
}

export const bodySpec = (analyzerName: string): FieldSpec => ({ type: 'text', analyzer: analyzerName });

/** Of an index that has the one field `body`. */
export function bodySchema(analyzerName: string): QuerySchema {
  const spec = bodySpec(analyzerName);
  return { field: (name) => (name === 'body' ? spec : undefined), fieldNames: () => ['body'], analyzer };
}

export function buildSegment(documents: Iterable<BenchDocument>, analyzerName: string): BuiltSegment {
  const builder = createSegmentBuilder({ analyzer });
  const spec = bodySpec(analyzerName);
  for (const { id, body } of documents) {
    const field = builder.field('body', spec);
    builder.startDocument(id, Buffer.from(JSON.stringify({ body })));
    builder.addText(field, body);
    builder.endDocument();
  }
  return builder.finish(new Yielder(systemClock, 1000));
}

export async function bytesOf(built: BuiltSegment): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of built.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Searches one opened segment as a task of the product does. */
export function searchIn(
  segment: SearchableSegment,
  meta: Pick<SegmentMeta, 'fields'>,
  analyzerName: string,
  query: unknown,
): Promise<SearchPartial> {
  const schema = bodySchema(analyzerName);
  const body = meta.fields['body']!;
  const statistics: SearchStatistics = {
    fields: { body: { docCount: body.docCount, tokenCount: body.tokenCount ?? 0 } },
  };
  const request = parseSearchRequest(query);
  const compiled = compileQuery(request.query, schema, { now: 0 });
  const { signal } = new AbortController();
  return searchSegments([segment], request, compiled, schema, statistics, { clock: systemClock, signal });
}

export async function openIndex(
  built: BuiltSegment,
  source: SegmentSource | undefined,
  analyzerName: string,
): Promise<MemoryIndex> {
  const from = source ?? bytesSource(await bytesOf(built));
  const { meta } = built;
  const reader = await openSegment(from, meta);
  const segment = { id: 'bench', reader, deleted: undefined };
  return {
    segmentBytes: meta.bytes,
    footerBytes: meta.footer.length,
    search: (query) => searchIn(segment, meta, analyzerName, query),
  };
}
