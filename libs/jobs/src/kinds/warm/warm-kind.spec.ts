import { systemClock } from '#libs/kernel';
import { CountingObjectStore, MemoryObjectStore } from '#libs/object-store';
import { IndexBench } from '../compact/compact-fixture.ts';
import { WarmKind } from './warm-kind.ts';
import type { WarmResult } from './warm-spec.ts';

/** An index of three segments, and what is asked of its store. */
async function scene() {
  const counting = new CountingObjectStore(new MemoryObjectStore({ clock: systemClock }));
  const bench = new IndexBench(counting);
  await bench.create({ title: { type: 'text' }, tag: { type: 'keyword' }, size: { type: 'long' } });
  for (const at of [1, 2, 3]) {
    await bench.add([
      { _id: `d${at}`, title: `word number${at}`, tag: `t${at}`, size: at },
      { _id: `e${at}`, title: 'word', tag: 'all', size: 0 },
    ]);
  }
  return { counting, bench };
}

/** By a process that has read nothing yet. */
const warm = async ({ store }: IndexBench, spec: object, cacheBytes = 1 << 30) => {
  const bench = new IndexBench(store);
  return bench.job<WarmResult>(new WarmKind({ catalog: bench.catalog, cacheBytes }), spec);
};

describe('a warm job', () => {
  it('reads every segment of the newest version, and says what it cost', async () => {
    const { bench, counting } = await scene();
    counting.reset();
    const { result, coverage, receipt } = await warm(bench, {});
    expect(result).toMatchObject({ segments: 3, leftOut: 0, failed: 0 });
    expect(coverage).toBe(1);
    expect(receipt).toMatchObject({ segments: 3, gets: result.gets, bytes: result.bytes });
    expect(result.bytes).toBeGreaterThan(0);
  });

  it('reads no more than a cache holds', async () => {
    const { bench } = await scene();
    expect((await warm(bench, {}, 1)).result).toMatchObject({ segments: 1, leftOut: 2 });
  });

  it('says how many segments could not be read, and fails when none could', async () => {
    const { bench, counting } = await scene();
    const { segments } = await bench.catalog.snapshot(bench.name, { consistency: 'strong' });
    await counting.deleteMany([segments[0]!.key]);
    const { result, coverage } = await warm(bench, {});
    expect(result).toMatchObject({ segments: 2, failed: 1 });
    expect(coverage).toBeCloseTo(2 / 3);
    await counting.deleteMany(segments.map(({ key }) => key));
    await expect(warm(bench, {})).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('refuses a field that the index does not have, and options that it does not know', async () => {
    const { bench } = await scene();
    const kind = new WarmKind({ catalog: bench.catalog, cacheBytes: 1 });
    await expect(kind.admit({ fields: ['title', 'nowhere'] }, bench.name)).rejects.toMatchObject({
      code: 'unknown_field',
    });
    await expect(kind.admit({ fields: ['title'] }, bench.name)).resolves.toBeUndefined();
    expect(kind.spec.safeParse({ pin: true }).success).toBe(false);
    expect((await warm(bench, { fields: ['size'] })).result).toMatchObject({ segments: 3 });
  });

  it('merges what tasks have read in any order', () => {
    const kind = new WarmKind({ catalog: new IndexBench().catalog, cacheBytes: 1 });
    const error = { kind: 'timeout', code: 'timeout', message: 'late' } as const;
    const failed = kind.failed({ segments: ['a', 'b'] }, { version: 1 }, error);
    const some = { ...kind.empty(), segments: 3, bytes: 10, gets: 2 };
    expect(kind.merge(failed, some)).toEqual(kind.merge(some, failed));
    expect(kind.merge(kind.empty(), some)).toEqual(some);
    expect(kind.merge(failed, some)).toMatchObject({ segments: 3, failed: 2, errors: [error] });
  });
});
