import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Yielder, encodeUtf8, seededRandom, systemClock } from '#libs/kernel';
import { bytesSource } from '../bytes-source.ts';
import { openSegment } from '../reader/ranged-segment-reader.ts';
import { buildSegment, finishSegment, newBuilder } from '../testing/build-segment.ts';
import { flushed } from '../testing/read-everything.ts';

const yielder = (): Yielder => new Yielder(systemClock);
const NONE = new Uint8Array(0);

describe('the segment builder', () => {
  it('knows within a tenth what it holds', () => {
    const script = fileURLToPath(new URL('../testing/held-over-kept.ts', import.meta.url));
    const flags = ['--expose-gc', '--experimental-transform-types', '--conditions=quarry-src', '--no-warnings'];
    const ratio = Number(execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' }));
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });

  it('keeps the newest of documents with one id, and names the others', async () => {
    const ids = ['b', 'a', 'b', 'c', 'b'];
    const documents = ids.map((id, i) => ({ id, source: `{"i":${i}}`, values: { tag: ['same'] } }));
    const { bytes, meta } = await buildSegment(documents, { tag: 'keyword' });
    expect(meta).toMatchObject({ docCount: 5, superseded: [0, 2], minId: 'a', maxId: 'c' });
    const reader = await openSegment(bytesSource(bytes), meta);
    const wave = reader.wave();
    const docs = wave.docsById(['a', 'b', 'c', 'd', '']);
    const ranks = wave.idRanks();
    await wave.flush();
    expect([...docs.value]).toEqual([1, 4, 3, -1, -1]);
    expect([...ranks.value]).toEqual([1, 0, 2, 4, 3]);
  });

  it('leaves out fields that no document has, and takes any name', async () => {
    const builder = newBuilder();
    builder.field('unused', { type: 'long' });
    const blank = builder.field('blank', { type: 'text' });
    const proto = builder.field('__proto__', { type: 'long' });
    builder.startDocument('1', NONE);
    builder.addText(blank, '   ');
    builder.addNumber(proto, 5);
    builder.endDocument();
    const { bytes, meta } = await finishSegment(builder);
    expect(Object.keys(meta.fields)).toEqual(['__proto__']);
    const reader = await openSegment(bytesSource(bytes), meta);
    expect(reader.fieldNames()).toEqual(['__proto__']);
    expect(reader.field('blank')).toBeUndefined();
  });

  it('says in the manifest’s part what each field has', async () => {
    const { meta } = await buildSegment(
      [
        { id: '1', values: { text: ['a b', 'c'], size: [7, -3], tag: ['x'] } },
        { id: '2', values: { text: [''], size: [2.5] } },
      ],
      { text: 'text', size: 'double', tag: 'keyword' },
    );
    expect(meta.fields).toEqual({
      text: { type: 'text', docCount: 1, tokenCount: 3 },
      size: { type: 'double', docCount: 2, min: -3, max: 7 },
      tag: { type: 'keyword', docCount: 1 },
    });
  });

  it('does not index keywords above the limit, but keeps them in the source', async () => {
    const spec = { type: 'keyword', ignoreAbove: 3 } as const;
    const { bytes, meta } = await buildSegment([{ id: '1', values: { tag: ['abcd', 'abc'] } }], { tag: spec });
    const reader = await openSegment(bytesSource(bytes), meta);
    expect(reader.field('tag')?.termCount).toBe(1);
    const [document] = await flushed(reader, (wave) => wave.documents([0]));
    expect(Buffer.from(document!.source).toString()).toBe('{"tag":["abcd","abc"]}');
  });

  it('takes documents with ten thousand fields, and a document of a megabyte', async () => {
    const builder = newBuilder();
    builder.startDocument('wide', NONE);
    for (let i = 0; i < 10_000; i++) builder.addNumber(builder.field(`field ${i}`, { type: 'long' }), i);
    builder.endDocument();
    builder.startDocument('large', encodeUtf8('x'.repeat(1 << 20)));
    builder.endDocument();
    const { bytes, meta } = await finishSegment(builder);
    const reader = await openSegment(bytesSource(bytes), meta);
    expect(reader.fieldNames()).toHaveLength(10_000);
    const [large] = await flushed(reader, (wave) => wave.documents([1]));
    expect(large!.source).toHaveLength(1 << 20);
  });

  it('refuses another type for a field, and calls out of their order', async () => {
    const builder = newBuilder();
    const size = builder.field('size', { type: 'long' });
    expect(builder.field('size', { type: 'long' })).toBe(size);
    expect(() => builder.field('size', { type: 'text' })).toThrow(
      expect.objectContaining({ code: 'field_type_conflict' }),
    );
    expect(() => builder.addNumber(size, 1)).toThrow('invariant');
    expect(() => builder.endDocument()).toThrow('invariant');
    builder.startDocument('1', NONE);
    expect(() => builder.addText(size, 'x')).toThrow('invariant');
    expect(() => builder.addNumber(size, Number.NaN)).toThrow('invariant');
    expect(() => builder.finish(yielder())).toThrow('invariant');
    builder.endDocument();
    builder.finish(yielder());
    expect(() => builder.startDocument('2', NONE)).toThrow('invariant');
    expect(() => builder.finish(yielder())).toThrow('invariant');
    expect(() => newBuilder().finish(yielder())).toThrow('at least one document');
  });

  it('encodes while its bytes are read, and lets go of what was read', async () => {
    const builder = newBuilder();
    const text = builder.field('text', { type: 'text' });
    const random = seededRandom(5);
    const word = (): string => Math.floor(random.next() * 2 ** 50).toString(36);
    for (let doc = 0; doc < 300; doc++) {
      // Hard to compress, so that there are megabytes of stored documents.
      const source = Array.from({ length: 1000 }, word).join(' ');
      builder.startDocument(String(doc), encodeUtf8(source));
      builder.addText(text, source.slice(0, 500));
      builder.endDocument();
    }
    const most = builder.heldBytes;
    const built = builder.finish(yielder());
    expect(() => built.meta).toThrow('invariant');
    const held: number[] = [];
    let bytes = 0;
    for await (const chunk of built.chunks()) {
      bytes += chunk.length;
      held.push(built.heldBytes);
    }
    expect(bytes).toBe(built.meta.bytes);
    expect(held.length).toBeGreaterThan(1);
    // The first chunk is of the stored documents, and is gone: no field has been encoded for it.
    expect(held[0]).toBeLessThanOrEqual(most - 2 ** 20);
    expect(Math.max(...held)).toBeLessThanOrEqual(most);
    expect(built.heldBytes).toBe(0);
    await expect(built.chunks()[Symbol.asyncIterator]().next()).rejects.toThrow('invariant');
  });
});
