import { closeSync, openSync, readSync } from 'node:fs';

export interface PeerDocument {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

const CHUNK_BYTES = 1 << 22;
const NEWLINE = 10;

/** The first `limit` lines of plain NDJSON {id, title, text}, one at a time and synchronously: reading costs little beside indexing. */
export function* readPeerCorpus(path: string, limit: number): Generator<PeerDocument> {
  const file = openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let rest = Buffer.alloc(0);
  let count = 0;
  try {
    for (let size = 1; size > 0;) {
      size = readSync(file, chunk);
      const data = Buffer.concat([rest, chunk.subarray(0, size)]);
      let from = 0;
      for (let end = data.indexOf(NEWLINE); ; end = data.indexOf(NEWLINE, from)) {
        if (end < 0 && (size > 0 || from === data.length)) break;
        const line = data.toString('utf8', from, end < 0 ? data.length : end);
        from = end < 0 ? data.length : end + 1;
        if (line === '') continue;
        const {
          id,
          title = '',
          text = '',
        } = JSON.parse(line) as { id: string | number; title?: string; text?: string };
        yield { id: String(id), title, text };
        if (++count >= limit) return;
      }
      rest = Buffer.from(data.subarray(from));
    }
  } finally {
    closeSync(file);
  }
}
