import { Yielder, encodeUtf8, systemClock } from '#libs/kernel';
import { createSegmentBuilder } from '../builder/arena-segment-builder.ts';
import type { FieldSpec, FieldType } from '../field-spec.ts';
import type { SegmentBuilder } from '../segment-builder.ts';
import type { SegmentMeta } from '../segment-meta.ts';
import { wordAnalyzer } from './word-analyzer.ts';

export interface TestDocument {
  readonly id: string;
  readonly source?: string;
  /** Values by field. */
  readonly values: Readonly<Record<string, readonly (string | number)[]>>;
}

export interface TestSegment {
  readonly meta: SegmentMeta;
  readonly bytes: Uint8Array;
}

export const newBuilder = (): SegmentBuilder => createSegmentBuilder({ analyzer: () => wordAnalyzer });

export function addDocument(
  builder: SegmentBuilder,
  { id, source, values }: TestDocument,
  types: Readonly<Record<string, FieldType | FieldSpec>>,
): void {
  builder.startDocument(id, encodeUtf8(source ?? JSON.stringify(values)));
  for (const [name, list] of Object.entries(values)) {
    const given = types[name]!;
    const spec = typeof given === 'string' ? { type: given } : given;
    const field = builder.field(name, spec);
    for (const value of list) {
      if (spec.type === 'text') builder.addText(field, String(value));
      else if (spec.type === 'keyword') builder.addKeyword(field, String(value));
      else builder.addNumber(field, Number(value));
    }
  }
  builder.endDocument();
}

export async function finishSegment(builder: SegmentBuilder): Promise<TestSegment> {
  const built = builder.finish(new Yielder(systemClock));
  const chunks: Uint8Array[] = [];
  for await (const chunk of built.chunks()) chunks.push(chunk);
  return { meta: built.meta, bytes: new Uint8Array(Buffer.concat(chunks)) };
}

export function buildSegment(
  documents: readonly TestDocument[],
  types: Readonly<Record<string, FieldType | FieldSpec>>,
): Promise<TestSegment> {
  const builder = newBuilder();
  for (const document of documents) addDocument(builder, document, types);
  return finishSegment(builder);
}
