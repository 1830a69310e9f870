import { analyzer } from '#libs/analysis';
import { Yielder, systemClock } from '#libs/kernel';
import {
  compileQuery,
  parseSearchRequest,
  searchSegments,
  type QuerySchema,
  type SearchPartial,
  type SearchStatistics,
} from '#libs/query';
import {
  bytesSource,
  createSegmentBuilder,
  openSegment,
  type BuiltSegment,
  type FieldSpec,
  type SegmentSource,
} from '#libs/segment';
import type { BenchDocument } from './corpus.ts';

/** One segment of `body` texts in memory, built and searched by the very code of the product. */
export interface MemoryIndex {
  readonly search: (body: unknown) => Promise<SearchPartial>;
  readonly segmentBytes: number;
  readonly footerBytes: number;
}

export async function buildSegment(documents: Iterable<BenchDocument>, analyzerName: string): Promise<BuiltSegment> {
  const builder = createSegmentBuilder({ analyzer });
  const spec: FieldSpec = { type: 'text', analyzer: analyzerName };
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

export async function openIndex(
  built: BuiltSegment,
  source: SegmentSource | undefined,
  analyzerName: string,
): Promise<MemoryIndex> {
  const { meta } = built;
  const reader = await openSegment(source ?? bytesSource(await bytesOf(built)), meta);
  const spec: FieldSpec = { type: 'text', analyzer: analyzerName };
  const schema: QuerySchema = {
    field: (name) => (name === 'body' ? spec : undefined),
    fieldNames: () => ['body'],
    analyzer,
  };
  const body = meta.fields['body']!;
  const statistics: SearchStatistics = {
    fields: { body: { docCount: body.docCount, tokenCount: body.tokenCount ?? 0 } },
  };
  const segments = [{ id: 'bench', reader, deleted: undefined }];
  const signal = new AbortController().signal;
  return {
    segmentBytes: meta.bytes,
    footerBytes: meta.footer.length,
    search: (query) => {
      const request = parseSearchRequest(query);
      const compiled = compileQuery(request.query, schema, { now: 0 });
      return searchSegments(segments, request, compiled, schema, statistics, { clock: systemClock, signal });
    },
  };
}
