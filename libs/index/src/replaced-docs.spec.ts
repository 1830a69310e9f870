import { compareCodePoints, systemClock, Yielder } from '#libs/kernel';
import { MemoryObjectStore } from '#libs/object-store';
import type { SegmentMeta } from '#libs/segment';
import { catalogOn, writeSegment } from './commit-fixture.ts';
import type { DocBits } from './doc-bits.ts';
import { docsWithIds, replacedDocs, type ResolvableSegment } from './replaced-docs.ts';
import { SegmentOpener } from './segment-opener.ts';

const store = new MemoryObjectStore();
const opener = new SegmentOpener(store);
const catalog = catalogOn(store);
const yielder = (): Yielder => new Yielder(systemClock, 0);

type Opened = ResolvableSegment & {
  readonly entry: SegmentMeta;
  readonly ids: string[];
  readonly stats: { gets: number; bytes: number; cacheHits: number };
};

async function segmentOf(ids: string[], padBytes = 0): Promise<Opened> {
  const { key, meta } = await writeSegment(
    store,
    catalog,
    ids.map((id, at) => ({ id, value: 0, ...(at === 0 && { padBytes }) })),
  );
  const stats = { gets: 0, bytes: 0, cacheHits: 0 };
  const entry = { ...meta, id: key, key, job: 'j' };
  return { ids, entry, stats, open: async () => (await opener.open(entry, { stats })).reader };
}

/** The newest document of each id, as the segment itself would say. */
const expectedDocs = (older: Opened, matches: (id: string) => boolean): number[] =>
  older.ids.flatMap((id, doc) => (matches(id) && older.ids.lastIndexOf(id) === doc ? [doc] : []));

const docsOf = (bits: DocBits): number[] =>
  [...(bits ?? [])].flatMap((word, w) =>
    Array.from({ length: 32 }, (_, b) => b)
      .filter((b) => ((word >>> b) & 1) === 1)
      .map((b) => w * 32 + b),
  );

const numbered = (count: number, step: number, offset = 0): string[] =>
  // A multiplier that shuffles: documents do not come in the order of their ids.
  Array.from({ length: count }, (_, i) => `doc-${String(((i * 7919) % count) * step + offset).padStart(9, '0')}`);

describe('replacedDocs', () => {
  it('finds every document with the same id, whichever segment is the larger', async () => {
    const large = await segmentOf([...numbered(7000, 2), 'doc-000000002']);
    const small = await segmentOf([...numbered(3000, 3), '\u{1f600}', '\ufffd', 'a']);
    for (const [newer, older] of [
      [large, small],
      [small, large],
    ] as const) {
      const ids = new Set(newer.ids);
      const expected = expectedDocs(older, (id) => ids.has(id));
      expect(expected.length).toBeGreaterThan(1000);
      expect(docsOf(await replacedDocs(newer, older, yielder()))).toEqual(expected);
    }
  });

  it('reads nothing of segments whose ranges are apart, and little where few ids are asked for', async () => {
    const older = await segmentOf(numbered(20_000, 1), 3_000_000);
    const apart = await segmentOf(numbered(100, 1, 1_000_000));
    expect(await replacedDocs(apart, older, yielder())).toBeUndefined();
    expect([apart.stats.gets, older.stats.gets]).toEqual([0, 0]);

    const few = await segmentOf(['doc-000012345', 'doc-000012346', 'doc-000012346x', 'a', 'doc-9']);
    const docs = docsOf(await replacedDocs(few, older, yielder()));
    expect(new Set(docs.map((doc) => older.ids[doc]))).toEqual(new Set(['doc-000012345', 'doc-000012346']));
    // The footer with the ranks, and the block they fall into, or two: not the ids of 20,000 documents.
    const opened = older.entry.footer.length + 20_000 * 2;
    expect(older.stats.bytes - opened).toBeLessThan(15_000);
    expect(older.stats.gets).toBe(2);
  });
});

describe('docsWithIds', () => {
  it('finds the documents of the ids that the segment has', async () => {
    const older = await segmentOf(numbered(6000, 2));
    const ids = numbered(6000, 3).toSorted(compareCodePoints);
    const asked = new Set(ids);
    expect(docsOf(await docsWithIds(ids, older, yielder()))).toEqual(expectedDocs(older, (id) => asked.has(id)));
    const before = older.stats.gets;
    expect(await docsWithIds([], older, yielder())).toBeUndefined();
    expect(await docsWithIds(['a', 'zzz'], older, yielder())).toBeUndefined();
    expect(older.stats.gets).toBe(before);
  });
});
