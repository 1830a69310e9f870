import { encodeUtf8, invalid } from '#libs/kernel';
import { nestingProblem, nestsTooDeep } from './nests-too-deep.ts';
import { BATCH_BYTES, MAX_RECORD_BYTES, type RecordReader, type SourceRecord } from './source-record.ts';
import { wholeText } from './whole-text.ts';

/** A JSON file is read whole: larger ones belong into NDJSON, which is read piece by piece. */
export const MAX_JSON_FILE_BYTES = 256 * 1024 * 1024;

/**
 * A JSON file: an array of documents, or one document. Throws `invalid` (`bad_json`, `file_too_large`): half an array is
 * no array, so a file that does not parse gives nothing.
 */
export const readJson: RecordReader = async function* readJson(chunks, { name }) {
  const text = await textOf(chunks, name);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalid('bad_json', `${name}: ${(error as Error).message}`, { file: name });
  }
  const documents = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
  let records: SourceRecord[] = [];
  let bytes = 0;
  for (const [item, document] of documents.entries()) {
    const source = sourceOf(document);
    const place = { line: item, item, offset: item };
    if (!source) {
      records.push({ ...place, problem: nestingProblem });
      continue;
    }
    if (source.length > MAX_RECORD_BYTES) {
      const detail = `the document is longer than ${MAX_RECORD_BYTES} bytes`;
      records.push({ ...place, problem: { code: 'record_too_large', detail } });
    } else records.push({ ...place, document, source });
    bytes += source.length;
    if (bytes >= BATCH_BYTES) {
      yield { records, lines: item + 1 };
      records = [];
      bytes = 0;
    }
  }
  yield { records, lines: documents.length };
};

/** Undefined when the document nests too deep. */
function sourceOf(document: unknown): Uint8Array | undefined {
  try {
    const source = encodeUtf8(JSON.stringify(document));
    return nestsTooDeep(source) ? undefined : source;
  } catch (error) {
    // JSON.parse reads any depth, JSON.stringify runs out of stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const read = await wholeText(chunks, MAX_JSON_FILE_BYTES);
  if (read.text !== undefined) return read.text;
  if (read.problem === 'not_utf8') throw invalid('bad_utf8', `${name} is not UTF-8`, { file: name });
  throw invalid(
    'file_too_large',
    `${name} is larger than ${MAX_JSON_FILE_BYTES} bytes; a JSON file is read whole, write it as NDJSON (one document a line)`,
    { file: name },
  );
}
