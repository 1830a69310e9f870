import { encodeUtf8 } from '#libs/kernel';
import { MAX_RECORD_BYTES, type RecordReader, type SourceRecord } from './source-record.ts';
import { wholeText } from './whole-text.ts';

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
  const read = await wholeText(chunks, MAX_RECORD_BYTES);
  if (read.text === undefined) {
    const problem =
      read.problem === 'not_utf8'
        ? { code: 'bad_utf8', detail: `${name} is not UTF-8 text` }
        : { code: 'record_too_large', detail: `${name} has over ${MAX_RECORD_BYTES} bytes, the most one document may` };
    yield { records: [{ ...place, problem }], lines: 1 };
    return;
  }
  const { text } = read;
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

/** An ATX heading with text in it. What follows the text is taken off by hand: as one expression it backtracks for minutes. */
const HEADING = /^ {0,3}#{1,6}[ \t]+(\S.*)$/m;

function firstHeading(text: string): string | undefined {
  const title = HEADING.exec(text.slice(0, 64 * 1024))?.[1]?.trimEnd();
  if (title === undefined) return undefined;
  let end = title.length;
  while (end > 0 && title[end - 1] === '#') end--;
  return title.slice(0, end).trimEnd() || title;
}
