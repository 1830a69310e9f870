import { aligned } from '../unit.ts';
import { bytesSource } from '../bytes-source.ts';
import type { AheadRange, SegmentReader, SegmentSource, TermReach } from '../segment-reader.ts';
import { type TestSegment, addDocument, finishSegment, newBuilder } from '../testing/build-segment.ts';
import { readEverything } from '../testing/read-everything.ts';
import { openSegment } from './ranged-segment-reader.ts';

async function numbers(count: number): Promise<TestSegment> {
  const builder = newBuilder();
  for (let doc = 0; doc < count; doc++) {
    const values = { text: [`every word${doc % 50} ${doc}`], size: [doc / 2] };
    addDocument(builder, { id: `id ${doc}`, values }, { text: 'text', size: 'double' });
  }
  return finishSegment(builder);
}

describe('a wave', () => {
  let segment: TestSegment;
  let rounds: { offset: number; length: number }[][];
  let reader: SegmentReader;

  beforeAll(async () => {
    segment = await numbers(3000);
  });
  beforeEach(async () => {
    rounds = [];
    const inner = bytesSource(segment.bytes);
    const counting: SegmentSource = {
      read: (ranges) => {
        rounds.push([...ranges]);
        return inner.read(ranges);
      },
    };
    reader = await openSegment(counting, segment.meta);
  });

  it('follows one range read that opened the segment, and makes one a flush', async () => {
    expect(rounds).toEqual([[segment.meta.footer]]);
    const wave = reader.wave();
    const every = wave.term('text', 'every');
    const again = wave.term('text', 'every');
    await wave.flush();
    const postings = wave.postings(every.value!, true);
    wave.norms('text');
    wave.idRanks();
    wave.numericColumn('size');
    await wave.flush();
    const documents = wave.documents([7, 8, 7]);
    await wave.flush();
    expect(again.value).toEqual(every.value);
    expect(postings.value.docFreq).toBe(3000);
    expect(documents.value.map(({ id }) => id)).toEqual(['id 7', 'id 8', 'id 7']);
    expect(rounds.map((ranges) => ranges.length)).toEqual([1, 1, 5, 1]);
    const offsets = rounds[2]!.map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  });

  it.each<[TermReach, string]>([
    ['postings', 'text'],
    ['positions', 'text'],
    ['postings', 'tag'],
  ])('knows beforehand where the %s of every term of a %s field lie', async (reach, field) => {
    const many = newBuilder();
    for (let doc = 0; doc < 3000; doc++) {
      const words = Array.from({ length: 20 }, (_, n) => `w${(doc * 7 + n * n * 31) % 2000}`);
      addDocument(
        many,
        { id: `id ${doc}`, values: { text: [words.join(' ')], tag: words } },
        { text: 'text', tag: 'keyword' },
      );
    }
    const { bytes, meta } = await finishSegment(many);
    const inner = bytesSource(bytes);
    const asked: (readonly { offset: number; length: number }[])[] = [];
    const told: (readonly AheadRange[])[] = [];
    const recording: SegmentSource = {
      read: (ranges, ahead = []) => {
        asked.push([...ranges]);
        told.push([...ahead]);
        return inner.read(ranges);
      },
    };
    let outside = 0;
    let within = 0;
    for (let word = 0; word < 2000; word += 13) {
      // A reader of its own: nothing is hot.
      const wave = (await openSegment(recording, meta)).wave();
      const info = wave.term(field, `w${word}`, reach);
      await wave.flush();
      const ahead = told.at(-1)!;
      expect(ahead.map(({ after }) => after)).toEqual(ahead.map(() => asked.at(-1)![0]!.offset));
      const before = asked.length;
      wave.postings(info.value!, reach === 'positions');
      await wave.flush();
      for (const { offset, length } of asked.slice(before).flat()) {
        if (ahead.some((one) => offset >= one.offset && offset + length <= one.offset + one.length)) within++;
        else outside++;
      }
    }
    expect(outside).toBe(0);
    expect(within).toBeGreaterThan(50);
  });

  it('reads nothing for a term whose few postings stand in the dictionary', async () => {
    const wave = reader.wave();
    const once = wave.term('text', '2999');
    await wave.flush();
    const postings = wave.postings(once.value!, true);
    await wave.flush();
    expect(rounds).toHaveLength(2);
    const cursor = postings.value.cursor();
    const out = new Int32Array(1);
    expect([cursor.next(), cursor.freq(), cursor.positions(out), out[0]]).toEqual([2999, 1, 1, 2]);
  });

  it('parses a unit once a flush, and neither reads nor parses it again once it is hot', async () => {
    const wave = reader.wave();
    const read = async (): Promise<unknown> => {
      const [column, again] = [wave.numericColumn('size'), wave.numericColumn('size')];
      await wave.flush();
      expect(again.value).toBe(column.value);
      return column.value;
    };
    await read();
    const hot = await read();
    expect(await read()).toBe(hot);
  });

  it('copes with views at odd addresses, as a coalesced read gives them', async () => {
    const shifting: SegmentSource = {
      read: (ranges) =>
        Promise.resolve(
          ranges.map(({ offset, length }, i) => {
            const room = new Uint8Array(length + 8);
            const at = 1 + (i % 7);
            room.set(segment.bytes.subarray(offset, offset + length), at);
            return room.subarray(at, at + length);
          }),
        ),
    };
    const shifted = await openSegment(shifting, segment.meta);
    expect(await readEverything(shifted)).toEqual(await readEverything(reader));
    expect(aligned(new Uint8Array(8).subarray(1), 4).byteOffset % 4).toBe(0);
  });

  it('walks all ids in code point order, with several blocks a request', async () => {
    const ids: string[] = [];
    const docs: number[] = [];
    for await (const run of reader.idBlocks()) {
      ids.push(...run.ids);
      docs.push(...run.docs);
    }
    expect(ids).toEqual(Array.from({ length: 3000 }, (_, doc) => `id ${doc}`).toSorted());
    expect(docs.map((doc) => `id ${doc}`)).toEqual(ids);
    expect(rounds).toHaveLength(2);
  });

  it('refuses values before the flush, and what the field does not have', () => {
    const wave = reader.wave();
    expect(() => wave.term('text', 'every').value).toThrow('flushed');
    expect(() => wave.norms('size')).toThrow('norms');
    expect(() => wave.keywordColumn('size')).toThrow('keyword');
    expect(() => wave.documents([3000])).toThrow('3000');
  });
});
