import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { wordnetEntries, wordnetFolder } from '../apps/standalone/src/first-minute/wordnet-corpus.ts';

/** A document of a benchmark: one id and one body of text. */
export interface BenchDocument {
  readonly id: string;
  readonly body: string;
}

/** NDJSON with id, title and text, plain or .gz or .zst; body = title + "\n" + text. */
export async function* readCorpus(path: string, limit = Infinity): AsyncGenerator<BenchDocument> {
  let count = 0;
  for await (const line of linesOfFile(path)) {
    if (line === '') continue;
    const { id, title = '', text = '' } = JSON.parse(line) as { id: string | number; title?: string; text?: string };
    yield { id: String(id), body: `${title}\n${text}` };
    if (++count >= limit) return;
  }
}

export function linesOfFile(path: string): AsyncIterable<string> {
  const raw: Readable = createReadStream(path, { highWaterMark: 1 << 20 });
  const plain = path.endsWith('.gz')
    ? raw.pipe(createGunzip())
    : path.endsWith('.zst')
      ? raw.pipe(createZstdDecompress())
      : raw;
  return createInterface({ input: plain, crlfDelay: Infinity });
}

/** Without a corpus: WordNet's definitions, which every checkout has. Short texts; say so with the numbers. */
export async function* wordnetCorpus(limit = Infinity): AsyncGenerator<BenchDocument> {
  let count = 0;
  for await (const { _id, words, definition, examples = [] } of wordnetEntries(wordnetFolder())) {
    yield { id: _id, body: [words.join(' '), definition, ...examples].join('\n') };
    if (++count >= limit) return;
  }
}

/** All of it in memory, so that reading is not measured. */
export async function loadCorpus(
  path: string | undefined,
  limit: number,
): Promise<{ name: string; documents: BenchDocument[]; bytes: number }> {
  const documents: BenchDocument[] = [];
  let bytes = 0;
  for await (const document of path === undefined ? wordnetCorpus(limit) : readCorpus(path, limit)) {
    documents.push(document);
    bytes += Buffer.byteLength(document.body);
  }
  const name = path === undefined ? 'WordNet 3.1 definitions' : path.slice(path.lastIndexOf('/') + 1);
  return { name, documents, bytes };
}
