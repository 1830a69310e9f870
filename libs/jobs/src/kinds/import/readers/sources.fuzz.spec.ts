import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeUtf8, type Random } from '#libs/kernel';
import { DocumentMapper, inferFields } from '#libs/index';
import { below, fuzz, mutateBytes, mutateText, onceIn, oneOf } from '#libs/testing';
import { readCsv } from './csv-reader.ts';
import { decompress } from './decompress.ts';
import { readJson } from './json-reader.ts';
import { readNdjson } from './ndjson-reader.ts';
import type { RecordReader } from './source-record.ts';
import { readMarkdown, readText } from './text-reader.ts';

const LINES = '{"_id":"a","t":"some words","n":[1,2.5],"o":{"d":"2024-01-01"}}\n{"t":null,"b":true}\r\n\n{"n":1e400}\n';
const SOURCES: readonly (readonly [RecordReader, string])[] = [
  [readNdjson, LINES],
  [readJson, '[{"t":"some words","n":[1,2.5]},{"o":{"d":"2024-01-01"}},{}]'],
  [readCsv, '\ufeffname,age,"zip, code"\n"Doe, ""J""\nJr",42,00123\nPlain,,1.5\n'],
  [readMarkdown, '# Title\n\nSome *words*\n'],
  [readText, 'just text\n'],
];
const TOKENS = ['{', '}', '[', ']', '"', ',', ':', '\n', '\r\n', '\\', '\\u12', '""', ';', '\t', '1e999', '-', 'null'];
const SCHEMA = { fields: { t: { type: 'text' }, n: { type: 'double' } }, dynamic: true, maxFields: 50 } as const;

/** In pieces cut anywhere, inside of characters and quotes too. */
async function* pieces(random: Random, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const length = 1 + below(random, onceIn(random, 2) ? 3 : bytes.length);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

function bytesOf(random: Random, text: string): Uint8Array {
  const bytes = encodeUtf8(mutateText(random, text, TOKENS)).slice();
  if (onceIn(random, 4)) mutateBytes(random, bytes);
  return bytes;
}

fuzz('sources', { kinds: ['invalid'] }, async (random) => {
  const [reader, text] = oneOf(random, SOURCES);
  const bytes = bytesOf(random, text);
  const compress = onceIn(random, 4) ? oneOf(random, [gzipSync, zstdCompressSync]) : undefined;
  const stored = compress ? new Uint8Array(compress(bytes)) : bytes;
  if (compress && onceIn(random, 2)) mutateBytes(random, stored);
  const chunks = compress
    ? decompress(pieces(random, stored), compress === gzipSync ? 'gzip' : 'zstd', 'file')
    : pieces(random, stored);
  const documents: unknown[] = [];
  const options = { name: 'file', offset: 0, endOffset: Infinity, skipFirstLine: onceIn(random, 5) };
  for await (const { records } of reader(chunks, options)) {
    for (const record of records) if ('document' in record) documents.push(record.document);
  }
  const added = inferFields(SCHEMA, documents);
  const mapper = new DocumentMapper({ ...SCHEMA, fields: { ...SCHEMA.fields, ...added } });
  for (const document of documents) {
    try {
      mapper.check(document, 'id');
    } catch (error) {
      if ((error as { kind?: unknown }).kind !== 'invalid') throw error;
    }
  }
});
