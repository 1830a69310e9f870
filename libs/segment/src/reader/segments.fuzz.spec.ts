import { crc32, type Random } from '#libs/kernel';
import { below, fuzz, mutateBytes, onceIn, oneOf } from '#libs/testing';
import { bytesSource } from '../bytes-source.ts';
import { decodeDeletedDocs, deletedDocsFrom, encodeDeletedDocs } from '../deleted-docs-codec.ts';
import { buildSegment, type TestDocument, type TestSegment } from '../testing/build-segment.ts';
import { readEverything } from '../testing/read-everything.ts';
import { openSegment } from './ranged-segment-reader.ts';

const types = { text: 'text', tag: 'keyword', size: 'long', price: 'double' } as const;
const documents = (count: number): TestDocument[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `id-${i % Math.max(1, count - 3)}`,
    source: JSON.stringify({ i, filler: 'x'.repeat(i % 50) }),
    values: {
      text: i % 4 === 0 ? [] : [`common word${i} ${'many '.repeat(i % 9)}`],
      tag: i % 3 === 0 ? ['red', 'blue'] : [`tag${i}`],
      size: [i * 1000],
      ...(i % 5 === 0 && { price: [i / 3, 7] }),
    },
  }));

interface Whole extends TestSegment {
  /** The ranges that reading everything asks for: the units, and the footer first. */
  readonly ranges: { offset: number; length: number }[];
}
let segments: Whole[];
beforeAll(async () => {
  segments = await Promise.all(
    [1, 12, 300].map(async (count) => {
      const segment = await buildSegment(documents(count), types);
      const ranges: Whole['ranges'] = [];
      const inner = bytesSource(segment.bytes);
      const recording = {
        read: (asked: Whole['ranges']) => {
          ranges.push(...asked);
          return inner.read(asked);
        },
      };
      await readEverything(await openSegment(recording, segment.meta));
      return { ...segment, ranges };
    }),
  );
});

/** Damages one to three units and seals them again; now and then moves the end. */
function damaged(random: Random, { bytes, meta, ranges }: Whole): TestSegment {
  const copy = bytes.slice();
  const units = 1 + below(random, 3);
  for (let i = 0; i < units; i++) {
    const { offset, length } = onceIn(random, 4) ? meta.footer : oneOf(random, ranges);
    const crcAt = offset + length - (offset === meta.footer.offset ? 8 : 4);
    mutateBytes(random, copy, offset, crcAt);
    if (!onceIn(random, 10)) {
      new DataView(copy.buffer).setUint32(crcAt, crc32(copy.subarray(offset, crcAt)), true);
    }
  }
  if (!onceIn(random, 12)) return { bytes: copy, meta };
  const cut = below(random, copy.length);
  return { bytes: copy.slice(0, cut), meta: onceIn(random, 2) ? { ...meta, bytes: cut } : meta };
}

fuzz('segments', { kinds: ['corrupt'] }, async (random) => {
  const { bytes, meta } = damaged(random, oneOf(random, segments));
  await readEverything(await openSegment(bytesSource(bytes), meta));
});

fuzz('deletes', { kinds: ['corrupt'] }, (random) => {
  const docCount = oneOf(random, [1, 31, 32, 33, 1000]);
  const docs = Array.from({ length: below(random, 20) }, () => below(random, docCount));
  const bytes = encodeDeletedDocs(deletedDocsFrom(docCount, docs)).slice();
  mutateBytes(random, bytes);
  const crcAt = bytes.length - 4;
  if (!onceIn(random, 5)) new DataView(bytes.buffer).setUint32(crcAt, crc32(bytes.subarray(0, crcAt)), true);
  const cut = onceIn(random, 5) ? bytes.subarray(0, below(random, bytes.length)) : bytes;
  const { deletedCount, words } = decodeDeletedDocs(cut, oneOf(random, [docCount, docCount, 0, 2 ** 31 - 2]));
  expect(deletedCount).toBe(words.reduce((sum, word) => sum + bitsOf(word), 0));
});

const bitsOf = (word: number): number => word.toString(2).replaceAll('0', '').length;
