import { encodeUtf8 } from '#libs/kernel';
import { MAX_RECORD_BYTES, type RecordReader, type SourceRecord } from './source-record.ts';

/** A plain text file is one document: {path, title, text}; its `_id` is its path, so a second import replaces it. */
export const readText: RecordReader = (chunks, { name }) => wholeFile(chunks, name, () => undefined);

/** The same for Markdown; the title is the first heading. */
export const readMarkdown: RecordReader = (chunks, { name }) => wholeFile(chunks, name, firstHeading);

async function* wholeFile(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  titleOf: (text: string) => string | undefined,
): AsyncGenerator<{ records: SourceRecord[]; lines: number }> {
  const place = { line: 0, item: 0, offset: 0 };
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > MAX_RECORD_BYTES) break;
      text += decoder.decode(chunk, { stream: true });
    }
    if (bytes <= MAX_RECORD_BYTES) text += decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    yield { records: [{ ...place, problem: { code: 'bad_utf8', detail: `${name} is not UTF-8 text` } }], lines: 1 };
    return;
  }
  if (bytes > MAX_RECORD_BYTES) {
    const detail = `${name} is larger than ${MAX_RECORD_BYTES} bytes, the most that one document may have`;
    yield { records: [{ ...place, problem: { code: 'record_too_large', detail } }], lines: 1 };
    return;
  }
  const fileName = name.slice(name.lastIndexOf('/') + 1);
  const document = { _id: idOf(name), path: name, title: titleOf(text) ?? fileName, text };
  yield { records: [{ ...place, document, source: encodeUtf8(JSON.stringify(document)) }], lines: 1 };
}

/** Ids have at most 512 bytes; of a longer path the end tells more than the beginning. */
function idOf(name: string): string {
  let id = name;
  while (encodeUtf8(id).length > 512) id = id.slice(Math.max(1, Math.floor((encodeUtf8(id).length - 512) / 4)));
  return id;
}

function firstHeading(text: string): string | undefined {
  const found = /^[ ]{0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/m.exec(text.slice(0, 64 * 1024));
  return found?.[1];
}
