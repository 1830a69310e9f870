import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeUtf8 } from '#libs/kernel';
import { readCsv } from './csv-reader.ts';
import { decompress } from './decompress.ts';
import { readJson } from './json-reader.ts';
import type { RecordReader, SourceRecord } from './source-record.ts';
import { readMarkdown, readText } from './text-reader.ts';

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function read(reader: RecordReader, text: string | Uint8Array, name = 'file'): Promise<SourceRecord[]> {
  const bytes = typeof text === 'string' ? encodeUtf8(text) : text;
  const records: SourceRecord[] = [];
  const options = { name, offset: 0, endOffset: Infinity, skipFirstLine: false };
  for await (const batch of reader(one(bytes), options)) records.push(...batch.records);
  return records;
}

describe('readJson', () => {
  it('reads an array as documents and an object as one', async () => {
    expect(await read(readJson, '[{"a":1},{"a":2}]')).toMatchObject([
      { document: { a: 1 }, item: 0 },
      { document: { a: 2 }, item: 1 },
    ]);
    expect(await read(readJson, '{"a":1}')).toMatchObject([{ document: { a: 1 } }]);
  });

  it('refuses half an array whole', async () => {
    await expect(read(readJson, '[{"a":1},')).rejects.toMatchObject({ kind: 'invalid', code: 'bad_json' });
  });
});

describe('readCsv', () => {
  it('reads rows by the header, typed where JSON would be, empty cells left out', async () => {
    const records = await read(readCsv, 'name,age,zip,ok\n"Doe, ""J""\nJr",42,00123,true\nPlain,,1.5,no\n');
    expect(records.map((record) => (record as { document: unknown }).document)).toEqual([
      { name: 'Doe, "J"\nJr', age: 42, zip: '00123', ok: true },
      { name: 'Plain', zip: 1.5, ok: 'no' },
    ]);
  });

  it('reports a row of the wrong width with its line and goes on', async () => {
    const records = await read(readCsv, 'a,b\n1,2\n1,2,3\n4,5\n');
    expect(records).toHaveLength(3);
    expect(records.find((record) => 'problem' in record)).toMatchObject({ line: 2, problem: { code: 'bad_csv' } });
  });

  it('hands on ragged rows in batches, in their place, without holding them', async () => {
    let sent = 0;
    async function* ragged(): AsyncGenerator<Uint8Array> {
      yield encodeUtf8('a,b\n');
      for (; sent < 100; sent++) yield encodeUtf8('1,2,3\n'.repeat(1000));
      yield encodeUtf8('4,5\n');
    }
    let batches = 0;
    let records = 0;
    let most = 0;
    const options = { name: 'f.csv', offset: 0, endOffset: Infinity, skipFirstLine: false };
    let last: SourceRecord | undefined;
    for await (const batch of readCsv(ragged(), options)) {
      if (batches++ === 0) expect(sent).toBeLessThan(60);
      records += batch.records.length;
      most = Math.max(most, batch.records.length);
      last = batch.records.at(-1) ?? last;
    }
    expect(records).toBe(100_001);
    expect(most).toBeLessThan(10_000);
    expect(last).toMatchObject({ document: { a: 4, b: 5 }, line: 100_001, item: 100_000 });
  });

  it('closes its source when the consumer stops early, and when it throws', async () => {
    for (const stop of ['break', 'throw']) {
      const closed = Promise.withResolvers<void>();
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          yield encodeUtf8('a,b\n');
          for (;;) yield encodeUtf8('1,2\n'.repeat(1000));
        } finally {
          closed.resolve();
        }
      }
      const consume = async (): Promise<void> => {
        const options = { name: 'f.csv', offset: 0, endOffset: Infinity, skipFirstLine: false };
        for await (const batch of readCsv(endless(), options)) {
          expect(batch.records.length).toBeGreaterThan(0);
          if (stop === 'throw') throw new RangeError('enough');
          break;
        }
      };
      if (stop === 'throw') await expect(consume()).rejects.toThrow('enough');
      else await consume();
      await closed.promise;
    }
  });

  it('takes tabs in a .tsv', async () => {
    expect(await read(readCsv, 'a\tb\n1\tx\n', 'f.tsv')).toMatchObject([{ document: { a: 1, b: 'x' } }]);
  });
});

describe('readText and readMarkdown', () => {
  it('make one document of a file, named by its path', async () => {
    expect(await read(readText, 'some words', '/d/notes.txt')).toMatchObject([
      { document: { _id: '/d/notes.txt', path: '/d/notes.txt', title: 'notes.txt', text: 'some words' } },
    ]);
    expect(await read(readMarkdown, 'intro\n\n## The *title* ##\nbody', 'a.md')).toMatchObject([
      { document: { title: 'The *title*' } },
    ]);
  });

  it('find a heading in time that grows with the text alone', async () => {
    const began = process.cpuUsage();
    for (const text of [`# ${' '.repeat(60_000)}x`, `# ${'x '.repeat(30_000)}`, `# x${'#'.repeat(60_000)}y`]) {
      expect(await read(readMarkdown, text)).toHaveLength(1);
    }
    expect(await read(readMarkdown, '# \n#### a # b ##  \n')).toMatchObject([{ document: { title: 'a # b' } }]);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(3000);
  });

  it('report what is not UTF-8', async () => {
    expect(await read(readText, Uint8Array.of(0xc3, 0x28))).toMatchObject([{ problem: { code: 'bad_utf8' } }]);
  });
});

describe('decompress', () => {
  const text = encodeUtf8('line\n'.repeat(10_000));
  const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    return Buffer.concat(parts);
  };

  it('undoes gzip and zstd', async () => {
    expect(await collect(decompress(one(gzipSync(text)), 'gzip', 'f'))).toEqual(Buffer.from(text));
    expect(await collect(decompress(one(zstdCompressSync(text)), 'zstd', 'f'))).toEqual(Buffer.from(text));
  });

  it('says when a file is not what its name says, or is cut short', async () => {
    const bad = { kind: 'invalid', code: 'bad_compression' };
    await expect(collect(decompress(one(text), 'gzip', 'f.gz'))).rejects.toMatchObject(bad);
    await expect(collect(decompress(one(gzipSync(text).subarray(0, 60)), 'gzip', 'f.gz'))).rejects.toMatchObject(bad);
  });

  it('passes on the errors of the stream it reads', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield gzipSync(text).subarray(0, 20);
      throw new RangeError('the store is gone');
    }
    await expect(collect(decompress(failing(), 'gzip', 'f.gz'))).rejects.toThrow('the store is gone');
  });
});
