import { isDeepStrictEqual } from 'node:util';
import { crc32, isQuarryError, kindOf, seededRandom } from '#libs/kernel';
import { bytesSource } from '../bytes-source.ts';
import { FORMAT_VERSION } from '../layout.ts';
import type { SegmentSource } from '../segment-reader.ts';
import { type TestDocument, type TestSegment, buildSegment } from '../testing/build-segment.ts';
import { type ReadSegment, readEverything } from '../testing/read-everything.ts';
import { openSegment } from './ranged-segment-reader.ts';

const types = { text: 'text', tag: 'keyword', size: 'long', price: 'double' } as const;
const documents: TestDocument[] = Array.from({ length: 12 }, (_, i) => ({
  id: `id-${i % 11}`,
  source: JSON.stringify({ i }),
  values: {
    text: i % 4 === 0 ? [] : [`common word${i} ${'many '.repeat(i * 2)}`],
    tag: i % 3 === 0 ? ['red', 'blue'] : [`tag${i}`],
    size: [i * 1000],
    ...(i < 4 && { price: [i / 3, 7] }),
  },
}));

/** What comes of opening and reading these bytes: all that can be read, or the kind of the error. */
async function outcome(bytes: Uint8Array, { meta }: TestSegment): Promise<ReadSegment | string> {
  try {
    return await readEverything(await openSegment(bytesSource(bytes), meta));
  } catch (error) {
    return isQuarryError(error) ? kindOf(error) : String(error);
  }
}

async function verified(bytes: Uint8Array, { meta }: TestSegment): Promise<string> {
  try {
    await (await openSegment(bytesSource(bytes), meta)).verify();
    return 'ok';
  } catch (error) {
    return isQuarryError(error) ? kindOf(error) : String(error);
  }
}

describe('a damaged segment', () => {
  let segment: TestSegment;
  let whole: ReadSegment;

  beforeAll(async () => {
    segment = await buildSegment(documents, types);
    whole = (await outcome(segment.bytes, segment)) as ReadSegment;
    expect(whole.documents).toHaveLength(12);
  });

  it('is found out by verify, and never read wrongly, whichever bit is flipped', async () => {
    const random = seededRandom(11);
    const unnoticed: number[] = [];
    const misread: unknown[] = [];
    for (let at = 0; at < segment.bytes.length; at++) {
      const bytes = segment.bytes.slice();
      bytes[at]! ^= 1 << Math.floor(random.next() * 8);
      if ((await verified(bytes, segment)) !== 'corrupt') unnoticed.push(at);
      const read = await outcome(bytes, segment);
      // Padding between units may be damaged without harm.
      if (read !== 'corrupt' && !isDeepStrictEqual(read, whole)) misread.push({ at, read });
    }
    expect(unnoticed).toEqual([]);
    expect(misread).toEqual([]);
  });

  it('is corrupt when it is cut short', async () => {
    const outcomes = new Set<unknown>();
    for (let length = 0; length < segment.bytes.length; length += 7) {
      const cut = segment.bytes.slice(0, length);
      outcomes.add(await outcome(cut, segment));
      // A footer that happens to be the end of what is there.
      const { footer } = segment.meta;
      const moved = { ...segment.meta, bytes: length, footer: { ...footer, offset: length - footer.length } };
      if (moved.footer.offset >= 0) outcomes.add(await outcome(cut, { ...segment, meta: moved }));
    }
    expect([...outcomes]).toEqual(['corrupt']);
  });

  it('is corrupt when the manifest speaks of another object', async () => {
    const { meta, bytes } = segment;
    const longer = { ...meta, bytes: meta.bytes + 8 };
    expect(await outcome(bytes, { ...segment, meta: longer })).toBe('corrupt');
    const shifted = { ...meta, footer: { offset: meta.footer.offset + 8, length: meta.footer.length - 8 } };
    expect(await outcome(bytes, { ...segment, meta: shifted })).toBe('corrupt');
  });

  it('says so when its format is of a later version', async () => {
    const bytes = segment.bytes.slice();
    const { offset, length } = segment.meta.footer;
    const view = new DataView(bytes.buffer);
    view.setUint32(offset + length - 12, FORMAT_VERSION + 1, true);
    view.setUint32(offset + length - 8, crc32(bytes.subarray(offset, offset + length - 8)), true);
    await expect(openSegment(bytesSource(bytes), segment.meta)).rejects.toMatchObject({
      kind: 'corrupt',
      code: 'unsupported_segment_format',
    });
  });

  it('gives an answer or corrupt, nothing else, when the damage has a right checksum', async () => {
    const ranges: { offset: number; length: number }[] = [];
    const inner = bytesSource(segment.bytes);
    const recording: SegmentSource = {
      read: (asked) => {
        ranges.push(...asked);
        return inner.read(asked);
      },
    };
    await readEverything(await openSegment(recording, segment.meta));
    const { footer } = segment.meta;
    const random = seededRandom(12);
    const strange = new Set<string>();
    for (let round = 0; round < 1500; round++) {
      const bytes = segment.bytes.slice();
      const { offset, length } = ranges[Math.floor(random.next() * ranges.length)]!;
      const crcAt = offset + length - (offset === footer.offset ? 8 : 4);
      bytes[offset + Math.floor(random.next() * (crcAt - offset))] = Math.floor(random.next() * 256);
      new DataView(bytes.buffer).setUint32(crcAt, crc32(bytes.subarray(offset, crcAt)), true);
      const read = await outcome(bytes, segment);
      if (typeof read === 'string' && read !== 'corrupt') strange.add(read);
    }
    expect([...strange]).toEqual([]);
  });

  it('is corrupt when the source answers too little', async () => {
    const inner = bytesSource(segment.bytes);
    let asked = 0;
    const cutting: SegmentSource = {
      read: async (ranges) => {
        const units = await inner.read(ranges);
        return asked++ === 0 ? units : units.map((unit) => unit.subarray(0, -1));
      },
    };
    await expect(readEverything(await openSegment(cutting, segment.meta))).rejects.toMatchObject({ kind: 'corrupt' });
  });
});
