import { linesOf, type Line } from './lines.ts';
import { nestingProblem, nestsTooDeep } from './nests-too-deep.ts';
import { BATCH_BYTES, MAX_RECORD_BYTES, type RecordReader, type SourceRecord } from './source-record.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * One JSON value a line; blank lines and a byte order mark are passed over. The stored source is the line itself, byte
 * for byte, so a document comes back exactly as it was sent.
 */
export const readNdjson: RecordReader = async function* readNdjson(chunks, options) {
  let line = options.skipFirstLine ? -1 : 0;
  let item = 0;
  let batchBytes = 0;
  let records: SourceRecord[] = [];
  for await (const lines of linesOf(chunks, options.offset, MAX_RECORD_BYTES)) {
    for (const found of lines) {
      if (line >= 0) {
        if (found.offset >= options.endOffset) {
          yield { records, lines: line };
          return;
        }
        const record = recordOf(found, line, item);
        if (record) {
          records.push(record);
          item++;
          batchBytes += found.bytes.length;
        }
      }
      line++;
      if (batchBytes >= BATCH_BYTES) {
        yield { records, lines: line };
        records = [];
        batchBytes = 0;
      }
    }
    // The lines are views of the chunk, which is not kept: hand on what there is before the next one comes.
    if (records.length > 0) {
      yield { records, lines: line };
      records = [];
      batchBytes = 0;
    }
  }
  yield { records, lines: Math.max(0, line) };
};

function recordOf(found: Line, line: number, item: number): SourceRecord | undefined {
  const place = { line, item, offset: found.offset };
  if (found.cut) {
    const detail = `the line is longer than ${MAX_RECORD_BYTES} bytes`;
    return { ...place, problem: { code: 'record_too_large', detail } };
  }
  const bytes = found.offset === 0 && startsWithBom(found.bytes) ? found.bytes.subarray(3) : found.bytes;
  if (isBlank(bytes)) return undefined;
  try {
    const document: unknown = JSON.parse(utf8.decode(bytes));
    return nestsTooDeep(bytes) ? { ...place, problem: nestingProblem } : { ...place, document, source: bytes };
  } catch (error) {
    const code = error instanceof SyntaxError ? 'bad_json' : 'bad_utf8';
    const start = new TextDecoder().decode(bytes.subarray(0, 80));
    return { ...place, problem: { code, detail: `${(error as Error).message}: ${start}` } };
  }
}

const startsWithBom = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

function isBlank(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}
