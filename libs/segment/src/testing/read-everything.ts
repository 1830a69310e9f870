import type { TermBounds, SegmentReader, ReadWave, Pending } from '../segment-reader.ts';
import { NO_MORE_DOCS } from '../postings/postings.ts';

export async function flushed<T>(reader: SegmentReader, ask: (wave: ReadWave) => Pending<T>): Promise<T> {
  const wave = reader.wave();
  const pending = ask(wave);
  await wave.flush();
  return pending.value;
}

const ALL: TermBounds = {};

/** term → documents as [doc, freq, positions…]. */
export type ReadPostings = Record<string, number[][]>;

export interface ReadField {
  type: string;
  docCount: number;
  tokenCount: number;
  termCount: number;
  postings?: ReadPostings;
  norms?: number[];
  /** Values by document. */
  values?: (string | number)[][];
}

export interface ReadSegment {
  docCount: number;
  documents: { id: string; source: string }[];
  ids: [string, number][];
  ranks: number[];
  fields: Record<string, ReadField>;
}

async function readPostings(reader: SegmentReader, field: string, withPositions: boolean): Promise<ReadPostings> {
  const { terms } = await flushed(reader, (wave) => wave.terms(field, ALL, Infinity));
  const wave = reader.wave();
  const pending = terms.map((info) => ({ info, postings: wave.postings(info, withPositions) }));
  await wave.flush();
  return Object.fromEntries(
    pending.map(({ info, postings }) => {
      const cursor = postings.value.cursor();
      const list: number[][] = [];
      for (let doc = cursor.next(); doc !== NO_MORE_DOCS; doc = cursor.next()) {
        const out = new Int32Array(cursor.freq());
        if (withPositions) cursor.positions(out);
        list.push([doc, cursor.freq(), ...(withPositions ? out : [])]);
      }
      return [info.term, list];
    }),
  );
}

function perDocument<T>(docCount: number, starts: Uint32Array | undefined, value: (i: number) => T): T[][] {
  return Array.from({ length: docCount }, (_, doc) => {
    const start = starts ? starts[doc]! : doc;
    const end = starts ? starts[doc + 1]! : doc + 1;
    return Array.from({ length: end - start }, (_unused, i) => value(start + i));
  });
}

async function readField(reader: SegmentReader, name: string): Promise<ReadField> {
  const { type, docCount, tokenCount, termCount } = reader.field(name)!;
  const read: ReadField = { type, docCount, tokenCount, termCount };
  if (type === 'text' || type === 'keyword') read.postings = await readPostings(reader, name, type === 'text');
  if (type === 'text') {
    read.norms = [...(await flushed(reader, (wave) => wave.norms(name)))];
  } else if (type === 'keyword') {
    const { ordinals, starts } = await flushed(reader, (wave) => wave.keywordColumn(name));
    const all = Array.from({ length: termCount }, (_, ordinal) => ordinal);
    const terms = await flushed(reader, (wave) => wave.termsByOrdinal(name, all));
    read.values = perDocument(reader.docCount, starts, (i) => terms[ordinals[i]!]!);
  } else {
    const { raw, base, scale, starts } = await flushed(reader, (wave) => wave.numericColumn(name));
    read.values = perDocument(reader.docCount, starts, (i) => base + raw[i]! * scale);
  }
  return read;
}

/** All that can be read of a segment, through every kind of request. */
export async function readEverything(reader: SegmentReader): Promise<ReadSegment> {
  const docs = Array.from({ length: reader.docCount }, (_, doc) => doc);
  const wave = reader.wave();
  const documents = wave.documents(docs);
  const ranks = wave.idRanks();
  await wave.flush();
  const ids: [string, number][] = [];
  for await (const run of reader.idBlocks()) run.ids.forEach((id, i) => ids.push([id, run.docs[i]!]));
  const fields: Record<string, ReadField> = {};
  for (const name of reader.fieldNames()) fields[name] = await readField(reader, name);
  return {
    docCount: reader.docCount,
    documents: documents.value.map(({ id, source }) => ({ id, source: Buffer.from(source).toString('utf8') })),
    ids,
    ranks: [...ranks.value],
    fields,
  };
}
