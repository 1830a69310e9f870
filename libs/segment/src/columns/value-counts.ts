import type { ByteReader, ByteWriter } from '#libs/kernel';
import { inRange } from '../unit.ts';

/**
 * How many values each document has. First a varint: 0 when every document has exactly one, else 1 + the number of
 * documents that have any, and for each of those varint(2·documents skipped + several) with, if several, varint(values).
 * @param docs of every value, ascending
 */
export function writeValueCounts(out: ByteWriter, docs: Uint32Array, values: number, docCount: number): void {
  let documents = 0;
  for (let i = 0; i < values; i++) if (i === 0 || docs[i] !== docs[i - 1]) documents++;
  if (documents === docCount && values === docCount) {
    out.varint(0);
    return;
  }
  out.varint(documents + 1);
  let next = 0;
  for (let i = 0; i < values;) {
    const doc = docs[i]!;
    let end = i + 1;
    while (end < values && docs[end] === doc) end++;
    if (end - i === 1) out.varint(2 * (doc - next));
    else out.varint(2 * (doc - next) + 1).varint(end - i);
    next = doc + 1;
    i = end;
  }
}

/** `starts` as the Column port has it: undefined when every document has exactly one value. */
export function readValueCounts(reader: ByteReader, docCount: number, values: number): Uint32Array | undefined {
  const documents = inRange(reader.varint(), 0, docCount + 1, 'a column’s number of documents') - 1;
  if (documents < 0) {
    inRange(values, docCount, docCount, 'a column’s number of values');
    return undefined;
  }
  const starts = new Uint32Array(docCount + 1);
  let next = 0;
  let total = 0;
  for (let i = 0; i < documents; i++) {
    const head = reader.varint();
    const doc = inRange(next + Math.floor(head / 2), 0, docCount - 1, 'a document');
    starts.fill(total, next, doc + 1);
    total = inRange(total + (head % 2 === 0 ? 1 : reader.varint()), 1, values, 'a column’s number of values');
    next = doc + 1;
  }
  inRange(total, values, values, 'a column’s number of values');
  return starts.fill(total, next);
}
