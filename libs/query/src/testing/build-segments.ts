import { encodeUtf8, systemClock, Yielder } from '#libs/kernel';
import type { Analyzer } from '#libs/analysis';
import {
  bytesSource,
  createSegmentBuilder,
  openSegment,
  type DeletedDocs,
  type FieldSpec,
  type SegmentSource,
} from '#libs/segment';
import type { SearchStatistics } from '../search-partial.ts';
import type { QuerySchema, SearchableSegment } from '../search.ts';

export type TestValue = string | number | boolean;

export interface TestDocument {
  readonly id: string;
  /** Values by field; multi-fields take those of their source. */
  readonly values: Readonly<Record<string, readonly TestValue[]>>;
}

/** Words between spaces, as they are. */
export const wordAnalyzer: Analyzer = {
  name: 'words',
  version: 1,
  analyze(text, out) {
    out.clear();
    let position = 0;
    for (const { 0: word, index } of text.matchAll(/[^ ]+/g)) out.push(word, position++, index, index + word.length);
  },
};

export function testSchema(fields: Readonly<Record<string, FieldSpec>>): QuerySchema {
  return {
    field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
    fieldNames: () => Object.keys(fields),
    analyzer: () => wordAnalyzer,
  };
}

/** @param wrap stands between the reader and its bytes, as a counting or failing source */
export async function buildSegment(
  id: string,
  documents: readonly TestDocument[],
  schema: QuerySchema,
  deletedIds: ReadonlySet<string> = new Set(),
  wrap: (source: SegmentSource) => SegmentSource = (source) => source,
): Promise<SearchableSegment> {
  const builder = createSegmentBuilder({ analyzer: () => wordAnalyzer });
  for (const document of documents) {
    builder.startDocument(document.id, encodeUtf8(JSON.stringify(sourceOf(document))));
    for (const name of schema.fieldNames()) {
      const spec = schema.field(name)!;
      const number = builder.field(name, spec);
      for (const value of document.values[spec.source ?? name] ?? []) {
        if (spec.type === 'text') builder.addText(number, String(value));
        else if (spec.type === 'keyword') builder.addKeyword(number, String(value));
        else builder.addNumber(number, Number(value));
      }
    }
    builder.endDocument();
  }
  const built = builder.finish(new Yielder(systemClock));
  const chunks: Uint8Array[] = [];
  for await (const chunk of built.chunks()) chunks.push(chunk);
  const reader = await openSegment(wrap(bytesSource(new Uint8Array(Buffer.concat(chunks)))), built.meta);
  return { id, reader, deleted: deletedDocs(documents, deletedIds) };
}

export const sourceOf = ({ values }: TestDocument): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.length === 1 ? list[0] : list]));

function deletedDocs(documents: readonly TestDocument[], ids: ReadonlySet<string>): DeletedDocs | undefined {
  const words = new Uint32Array((documents.length + 31) >>> 5);
  let deletedCount = 0;
  for (const [doc, { id }] of documents.entries()) {
    if (!ids.has(id)) continue;
    words[doc >>> 5]! |= 1 << (doc & 31);
    deletedCount++;
  }
  return deletedCount === 0 ? undefined : { docCount: documents.length, deletedCount, words };
}

/** Documents and tokens of each field over all segments, as the manifest has them. */
export function fieldStatistics(segments: readonly SearchableSegment[]): SearchStatistics {
  const fields: Record<string, { docCount: number; tokenCount: number }> = {};
  for (const { reader } of segments) {
    for (const name of reader.fieldNames()) {
      const field = reader.field(name)!;
      const sum = (fields[name] ??= { docCount: 0, tokenCount: 0 });
      sum.docCount += field.docCount;
      sum.tokenCount += field.tokenCount;
    }
  }
  return { fields };
}
