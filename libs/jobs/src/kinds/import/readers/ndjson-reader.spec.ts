import fc from 'fast-check';
import { encodeUtf8 } from '#libs/kernel';
import { linesOf } from './lines.ts';
import { readNdjson } from './ndjson-reader.ts';
import type { SourceRecord } from './source-record.ts';

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

/** Reads the records of bytes [from, to) of a file as a task does. */
async function readRange(
  file: Uint8Array,
  from: number,
  to: number,
  chunk: number,
): Promise<{ records: SourceRecord[]; lines: number }> {
  const start = from === 0 ? 0 : from - 1;
  const records: SourceRecord[] = [];
  let lines = 0;
  const options = { name: 'f', offset: start, endOffset: to, skipFirstLine: from !== 0 };
  for await (const batch of readNdjson(chunked(file.subarray(start), chunk), options)) {
    records.push(
      ...batch.records.map((record) => ('source' in record ? { ...record, source: record.source.slice() } : record)),
    );
    lines = batch.lines;
  }
  return { records, lines };
}

describe('readNdjson', () => {
  it('reads documents with their line, byte offset and very bytes', async () => {
    const file = encodeUtf8('{"a":1}\n\n {"b": "ü"}\r\n{"c":3}');
    const { records, lines } = await readRange(file, 0, file.length, 5);
    expect(records).toMatchObject([
      { document: { a: 1 }, line: 0, item: 0, offset: 0 },
      { document: { b: 'ü' }, line: 2, item: 1, offset: 9 },
      { document: { c: 3 }, line: 3, item: 2, offset: 23 },
    ]);
    expect(lines).toBe(4);
    expect(new TextDecoder().decode((records[1] as { source: Uint8Array }).source)).toBe(' {"b": "ü"}');
  });

  it('passes over a byte order mark', async () => {
    const file = encodeUtf8('\ufeff{"a":1}\n');
    expect((await readRange(file, 0, file.length, 99)).records).toMatchObject([{ document: { a: 1 } }]);
  });

  it('reports a bad line and goes on', async () => {
    const file = Buffer.concat([
      encodeUtf8('{"a":1}\n{"b":\n'),
      Uint8Array.of(0xff, 0xfe, 10),
      encodeUtf8('{"c":3}\n'),
    ]);
    const { records } = await readRange(file, 0, file.length, 7);
    expect(records).toMatchObject([
      { document: { a: 1 } },
      { line: 1, problem: { code: 'bad_json' } },
      { line: 2, problem: { code: 'bad_utf8' } },
      { document: { c: 3 }, line: 3 },
    ]);
  });

  it('gives every record to exactly one range, however the file is cut', async () => {
    const line = fc.oneof(
      fc.constant(''),
      fc.constant('{"x":'),
      fc.string().map((text) => JSON.stringify({ text })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 20 }),
        fc.array(fc.nat(400), { maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom('\n', '\r\n'),
        async (lines, cuts, chunk, end) => {
          const file = encodeUtf8(lines.join(end));
          const whole = await readRange(file, 0, file.length, chunk);
          const edges = [0, ...new Set(cuts.filter((cut) => cut > 0 && cut < file.length))].toSorted((a, b) => a - b);
          const parts = [];
          for (const [at, from] of edges.entries()) {
            parts.push(await readRange(file, from, edges[at + 1] ?? file.length, chunk));
          }
          const offsets = (records: SourceRecord[]): number[] => records.map((record) => record.offset);
          expect(parts.flatMap((part) => offsets(part.records))).toEqual(offsets(whole.records));
          // Line numbers in the file are told by the lines of the parts before.
          let before = 0;
          const numbers = parts.flatMap((part) => {
            const found = part.records.map((record) => before + record.line);
            before += part.lines;
            return found;
          });
          expect(numbers).toEqual(whole.records.map((record) => record.line));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('linesOf', () => {
  it('answers a line over the limit cut, without holding it', async () => {
    const file = encodeUtf8(`short\n${'x'.repeat(1000)}\nafter`);
    const lines: { text: string; cut: boolean; offset: number }[] = [];
    for await (const batch of linesOf(chunked(file, 64), 0, 100)) {
      lines.push(...batch.map(({ bytes, cut, offset }) => ({ text: new TextDecoder().decode(bytes), cut, offset })));
    }
    expect(lines).toEqual([
      { text: 'short', cut: false, offset: 0 },
      { text: 'x'.repeat(100), cut: true, offset: 6 },
      { text: 'after', cut: false, offset: 1007 },
    ]);
  });
});
