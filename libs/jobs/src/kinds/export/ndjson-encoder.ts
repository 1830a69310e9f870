import { corrupt, encodeUtf8 } from '#libs/kernel';
import { filterSource } from '#libs/query';
import type { StoredDocument } from '#libs/segment';
import { parsedSource, type DocumentEncoder } from './document-encoder.ts';
import type { SourceFilter } from './export-spec.ts';

const [BRACE, CLOSE, COMMA, NEWLINE, SPACE] = [0x7b, 0x7d, 0x2c, 0x0a, 0x20];
const isSpace = (byte: number): boolean => byte === SPACE || (byte >= 0x09 && byte <= 0x0d);

/**
 * One JSON object a line, with its `_id`: what was imported byte for byte, unless fields are left out. So importing it anew
 * gives the same documents, numbers beyond 2^53 and the order of keys included.
 */
export class NdjsonEncoder implements DocumentEncoder {
  constructor(private readonly filter?: SourceFilter) {}

  encode(document: StoredDocument): Uint8Array {
    if (this.filter) return encodeUtf8(`${filteredLine(document, this.filter)}\n`);
    return mayHoldId(document.source) && parsedSource(document)['_id'] !== undefined
      ? line(document.source)
      : withId(document);
  }
}

function filteredLine(document: StoredDocument, filter: SourceFilter): string {
  const { _id: _, ...source } = parsedSource(document);
  return JSON.stringify({ _id: document.id, ...(filterSource(source, filter) as object) });
}

/** False when no key of it can be `_id`: it is not written out, and nothing is escaped. */
function mayHoldId(source: Uint8Array): boolean {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.length);
  return bytes.includes('"_id"') || bytes.includes('\\u');
}

/** With `_id` as its first key. */
function withId({ id, source }: StoredDocument): Uint8Array {
  let at = 0;
  while (at < source.length && isSpace(source[at]!)) at++;
  if (source[at] !== BRACE) throw corrupt(`the stored document "${id.slice(0, 200)}" is no JSON object`);
  const rest = source.subarray(at + 1);
  const isEmpty = rest.find((byte) => !isSpace(byte)) === CLOSE;
  const key = encodeUtf8(`{"_id":${JSON.stringify(id)}`);
  const out = new Uint8Array(key.length + Number(!isEmpty) + rest.length + 1);
  out.set(key);
  if (!isEmpty) out[key.length] = COMMA;
  out.set(rest, out.length - rest.length - 1);
  return oneLine(out);
}

function line(source: Uint8Array): Uint8Array {
  const out = new Uint8Array(source.length + 1);
  out.set(source);
  return oneLine(out);
}

/** Line ends can only stand between the tokens of JSON, where a blank does as well. The last byte becomes one. */
function oneLine(out: Uint8Array): Uint8Array {
  const last = out.length - 1;
  for (let at = 0; at < last; at++) if (out[at] === NEWLINE || out[at] === 0x0d) out[at] = SPACE;
  out[last] = NEWLINE;
  return out;
}
