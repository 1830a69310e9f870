import fc from 'fast-check';
import { FaultyObjectStore, failCall } from '#libs/object-store';
import {
  match,
  matchAll,
  RANDOM_FIELDS,
  randomDocuments,
  randomRequest,
  request,
  type RandomDocument,
} from '#libs/testing';
import type { SearchRequest } from '#libs/query';
import { IndexBench, type JsonDocument } from './compact-fixture.ts';

/** Many small jobs on a busy machine. */
const MANY_MS = 240_000;

const json = ({ id, values }: RandomDocument): JsonDocument => ({ _id: id, ...values });

/** Exact counts: how many there are, not how soon the search stopped counting. */
const exact = fc
  .tuple(randomRequest, fc.constantFrom<SearchRequest['searchType']>('dfs', 'default'))
  .map(([asked, searchType]): SearchRequest => ({ ...asked, size: 50, trackTotalHits: true, searchType }));
const requests = fc.array(exact, { minLength: 1, maxLength: 4 });

interface Step {
  readonly add: readonly RandomDocument[];
  readonly remove: readonly string[];
  readonly removeAt: readonly number[];
  readonly compact: string;
}

const step: fc.Arbitrary<Step> = fc.record({
  add: fc.oneof({ weight: 4, arbitrary: randomDocuments(8) }, fc.constant([])),
  remove: fc.array(fc.integer({ min: 0, max: 999 }).map(String), { maxLength: 4 }),
  /** By place among the documents that are there. */
  removeAt: fc.array(fc.nat(30), { maxLength: 3 }),
  compact: fc.constantFrom('no', 'no', 'tiers', 'force'),
});

/** Does a step to the index and to the model of it. */
async function take(
  bench: IndexBench,
  model: Map<string, JsonDocument>,
  { add, remove, removeAt }: Step,
): Promise<void> {
  const present = [...model.keys()];
  const ids = [...remove, ...removeAt.flatMap((at) => present[at] ?? [])];
  if (ids.length > 0) await bench.remove(ids);
  for (const id of ids) model.delete(id);
  if (add.length > 0) await bench.add(add.map(json));
  for (const document of add.map(json)) model.set(document._id, document);
}

describe('a compaction', () => {
  it(
    'shows in no search: hits, order, counts and aggregations stay as they were',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(randomDocuments(12), { minLength: 2, maxLength: 6 }),
          requests,
          async (batches, asked) => {
            // Without replaced and deleted documents the statistics stay, so the scores do, too, to the last bit.
            const bench = new IndexBench();
            await bench.create(RANDOM_FIELDS);
            const seen = new Set<string>();
            for (const batch of batches) {
              const fresh = batch.filter(({ id }) => !seen.has(id));
              for (const { id } of fresh) seen.add(id);
              if (fresh.length > 0) await bench.add(fresh.map(json));
            }
            const before = [];
            for (const each of asked) before.push(await bench.search(each));
            await bench.compact({ force: true });
            expect(await bench.segments()).toBe(1);
            const after = [];
            for (const each of asked) after.push(await bench.search(each));
            expect(after).toEqual(before);
          },
        ),
        { numRuns: 40 },
      );
    },
    MANY_MS,
  );

  it(
    'leaves what a fresh index of the live documents would hold, whatever was imported, replaced, deleted and compacted',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), requests, async (steps, asked) => {
          const bench = new IndexBench();
          await bench.create(RANDOM_FIELDS);
          const model = new Map<string, JsonDocument>();
          for (const each of steps) {
            await take(bench, model, each);
            if (each.compact === 'no') continue;
            // Meanwhile others delete and replace.
            const job = await bench.planCompaction({ force: each.compact === 'force' });
            await job.run();
            await take(bench, model, { ...each, remove: [], removeAt: each.removeAt.map((at) => at + 1) });
            const done = await job.finish();
            expect(done.coverage).toBe(1);
            expect((await job.finish()).result).toEqual(done.result);
          }
          await bench.compact({ force: true });
          const fresh = new IndexBench();
          await fresh.create(RANDOM_FIELDS);
          if (model.size > 0) await fresh.add([...model.values()]);
          expect(await bench.segments()).toBe(model.size > 0 ? 1 : 0);
          for (const each of asked) expect(await bench.search(each)).toEqual(await fresh.search(each));
        }),
        { numRuns: 60 },
      );
    },
    MANY_MS,
  );

  it('has nothing to do where there is nothing to merge, and makes no version', async () => {
    const bench = new IndexBench();
    await bench.create(RANDOM_FIELDS);
    await bench.add([{ _id: 'a', title: 'x' }]);
    const { result, coverage } = await bench.compact();
    expect({ ...result, coverage }).toMatchObject({ version: 2, merged: 0, segmentsAfter: 0, coverage: 1 });
    expect((await bench.catalog.snapshot(bench.name, { consistency: 'strong' })).version).toBe(2);
  });

  it('merges four segments and says what it did', async () => {
    const bench = new IndexBench();
    await bench.create(RANDOM_FIELDS);
    for (const at of [1, 2, 3, 4])
      await bench.add([
        { _id: 'same', size: at },
        { _id: `d${at}`, title: `word${at}` },
      ]);
    const { result } = await bench.compact();
    expect(result).toMatchObject({ merged: 1, leftOut: 0, failed: 0, segmentsBefore: 4, segmentsAfter: 1, version: 6 });
    expect(result).toMatchObject({ documents: 5, purged: 3 });
    expect(result.bytesAfter).toBeLessThan(result.bytesBefore);
    const { jobs } = await bench.catalog.snapshot(bench.name, { consistency: 'strong' });
    expect(jobs.at(-1)).toMatchObject({ version: 6, indexed: 0 });
  });

  it('JOB-4: commits once, however often it runs, and of two on the same segments one', async () => {
    const bench = new IndexBench();
    await bench.create(RANDOM_FIELDS);
    for (const at of [1, 2, 3, 4]) await bench.add([{ _id: `d${at}`, title: 'word' }]);
    const [one, two] = [await bench.planCompaction(), await bench.planCompaction()];
    await Promise.all([one.run(), two.run()]);
    const [first, second] = await Promise.all([one.finish(), two.finish()]);
    const outcome = ({ result: { merged, leftOut } }: typeof first): string => `${merged} merged, ${leftOut} left out`;
    expect(new Set([outcome(first), outcome(second)])).toEqual(
      new Set(['1 merged, 0 left out', '0 merged, 1 left out']),
    );
    // Its tasks ran again in another process, which wrote segments of its own: too late.
    await one.run();
    await one.finish();
    expect(await bench.segments()).toBe(1);
    const found = await bench.search(request(match('title', 'word')));
    expect(found.hits).toHaveLength(4);
  });

  it.each(['before', 'after'] as const)(
    'is done once when any request to the store fails %s its effect',
    async (at) => {
      for (let nth = 0; ; nth++) {
        const good = new IndexBench();
        await good.create(RANDOM_FIELDS);
        for (const n of [1, 2, 3, 4]) {
          await good.add([{ _id: 'same', size: n }, { _id: `d${n}`, title: 'word' }, { _id: `e${n}` }]);
        }
        const failing = new FaultyObjectStore(good.store, failCall(nth, { at }));
        const worker = new IndexBench(failing, undefined, undefined, 2);
        // As a delivery that comes again: each step until it succeeds once.
        const again = async <T>(action: () => Promise<T>): Promise<T> => action().catch(action);
        const job = await again(() => worker.planCompaction());
        await again(() => job.run());
        await good.remove(['d2']);
        const { result } = await again(() => job.finish());
        expect({ nth, ...result }).toMatchObject({ nth, merged: 1, leftOut: 0, segmentsAfter: 1, version: 7 });
        expect(await good.segments()).toBe(1);
        const all = await good.search(request(matchAll(), { size: 50 }));
        expect(all.hits.map(({ _id }) => _id)).toEqual(['d1', 'd3', 'd4', 'e1', 'e2', 'e3', 'e4', 'same']);
        expect(all.hits.at(-1)!._source).toEqual({ size: 4 });
        if (failing.faults === 0) {
          expect(nth).toBeGreaterThan(10);
          return;
        }
      }
    },
  );

  it('stops when it is cancelled, in the middle of a segment', async () => {
    const bench = new IndexBench();
    await bench.create();
    for (const n of [1, 2, 3, 4]) {
      await bench.add(Array.from({ length: 500 }, (_, i) => ({ _id: `d${n}-${i}`, body: `word${i} `.repeat(50) })));
    }
    const stop = new AbortController();
    let documents = 0;
    const job = await bench.planCompaction(
      {},
      {
        signal: stop.signal,
        progress: (progress) => {
          documents = progress.documents;
          if (documents > 0) stop.abort();
        },
      },
    );
    await expect(job.run()).rejects.toMatchObject({ kind: 'cancelled' });
    expect(documents).toBeLessThan(2000);
    expect(await bench.segments()).toBe(4);
  });

  it('leaves a group out whose segment has gone meanwhile', async () => {
    const bench = new IndexBench();
    await bench.create(RANDOM_FIELDS);
    for (const at of [1, 2, 3, 4]) await bench.add([{ _id: `d${at}`, title: 'word' }]);
    const job = await bench.planCompaction();
    await job.run();
    await bench.remove(['d2']);
    expect((await job.finish()).result).toMatchObject({ merged: 0, leftOut: 1, version: 6 });
    expect(await bench.segments()).toBe(3);
  });

  it('keeps documents that the schema of today would refuse', async () => {
    const bench = new IndexBench();
    await bench.create();
    await bench.add([{ _id: 'a', later: {}, title: 'word' }]);
    await bench.add([{ _id: 'b', 'other.x': [], n: 1 }]);
    await bench.add([{ _id: 'c', later: 'text', other: 'word', n: 2 }]);
    await bench.add([{ _id: 'd', n: 2.5 }]);
    await bench.compact({ force: true });
    expect(await bench.segments()).toBe(1);
    const all = await bench.search(request(matchAll()));
    expect(all.hits.map(({ _id }) => _id)).toEqual(['a', 'b', 'c', 'd']);
    expect(all.hits[0]!._source).toEqual({ later: {}, title: 'word' });
  });

  it('writes several segments where one would take more memory than it may hold', async () => {
    const bench = new IndexBench(undefined, undefined, 200_000);
    await bench.create(RANDOM_FIELDS);
    for (let at = 0; at < 6; at++) {
      await bench.add(Array.from({ length: 150 }, (_, i) => ({ _id: `d${at}-${i}`, body: `w${i} a b c`, size: i })));
    }
    const before = await bench.segments();
    const { result } = await bench.compact({ force: true });
    expect(result.merged).toBeGreaterThan(0);
    expect(await bench.segments()).toBeLessThan(before);
    const found = await bench.search(request(match('body', 'w7'), { size: 50 }));
    expect(found.hits).toHaveLength(6);
  });
});
