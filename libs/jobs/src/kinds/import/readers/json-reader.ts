import { encodeUtf8, invalid } from '#libs/kernel';
import { BATCH_BYTES, MAX_RECORD_BYTES, type RecordReader, type SourceRecord } from './source-record.ts';

/** A JSON file is read whole: larger ones belong into NDJSON, which is read piece by piece. */
export const MAX_JSON_FILE_BYTES = 256 * 1024 * 1024;

/**
 * A JSON file: an array of documents, or one document. Throws `invalid` (`bad_json`, `file_too_large`): half an array is
 * no array, so a file that does not parse gives nothing.
 */
export const readJson: RecordReader = async function* readJson(chunks, { name }) {
  const text = await wholeText(chunks, name);
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
    const source = encodeUtf8(JSON.stringify(document));
    const place = { line: item, item, offset: item };
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

async function wholeText(chunks: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > MAX_JSON_FILE_BYTES) break;
      text += decoder.decode(chunk, { stream: true });
    }
    if (bytes <= MAX_JSON_FILE_BYTES) return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw invalid('bad_utf8', `${name} is not UTF-8`, { file: name });
    throw error;
  }
  throw invalid(
    'file_too_large',
    `${name} is larger than ${MAX_JSON_FILE_BYTES} bytes; a JSON file is read whole, write it as NDJSON (one document a line)`,
    { file: name },
  );
}
