import { jest } from '@jest/globals';
import fc from 'fast-check';
import { FaultyObjectStore, failCall, MemoryObjectStore } from '#libs/object-store';
import type { QueryNode } from '#libs/query';
import {
  match,
  matchAll,
  RANDOM_FIELDS,
  randomDocuments,
  randomQuery,
  request,
  term,
  type RandomDocument,
} from '#libs/testing';
import { IndexBench, type JsonDocument, type StepwiseJob } from '../compact/compact-fixture.ts';
import { DeleteByQueryKind } from './delete-by-query-kind.ts';
import type { DeleteByQueryResult } from './delete-by-query-spec.ts';

jest.setTimeout(60_000);

/** Many small jobs on a busy machine. */
const MANY_MS = 240_000;

const kindOn = (bench: IndexBench): DeleteByQueryKind =>
  new DeleteByQueryKind({ catalog: bench.catalog, taskBytes: 1 });

const planOn = (
  bench: IndexBench,
  query: QueryNode,
  over: object = {},
  context: Parameters<IndexBench['plan']>[2] = {},
): Promise<StepwiseJob<DeleteByQueryResult>> => bench.plan(kindOn(bench), { query, ...over }, context);

async function idsOf(bench: IndexBench, query: QueryNode = matchAll()): Promise<string[]> {
  const { hits } = await bench.search(request(query, { size: 200, searchType: 'dfs', trackTotalHits: true }));
  return hits.map(({ _id }) => _id).toSorted();
}

/** What others do between two steps of the deletion. */
interface Meanwhile {
  readonly add: readonly RandomDocument[];
  /** Documents that are there, by place, written anew as they are: an update all the same. */
  readonly touchAt: readonly number[];
  readonly removeAt: readonly number[];
  readonly compact: string;
}

const meanwhile: fc.Arbitrary<Meanwhile> = fc.record({
  add: fc.oneof({ weight: 2, arbitrary: randomDocuments(6) }, fc.constant([])),
  touchAt: fc.array(fc.nat(30), { maxLength: 2 }),
  removeAt: fc.array(fc.nat(30), { maxLength: 2 }),
  compact: fc.constantFrom('no', 'no', 'here', 'elsewhere'),
});
/** The index and a model of it: every write of a document is a revision of its own. */
class World {
  readonly store = new MemoryObjectStore();
  readonly bench = new IndexBench(this.store);
  readonly elsewhere = new IndexBench(this.store, undefined, undefined, 2);
  readonly model = new Map<string, { document: JsonDocument; revision: number }>();
  private revisions = 0;

  async add(documents: readonly JsonDocument[]): Promise<void> {
    if (documents.length === 0) return;
    await this.bench.add(documents);
    for (const document of documents) this.model.set(document._id, { document, revision: ++this.revisions });
  }

  async take({ add, touchAt, removeAt, compact }: Meanwhile): Promise<void> {
    const present = [...this.model.keys()];
    const removed = [...new Set(removeAt.flatMap((at) => present[at] ?? []))];
    if (removed.length > 0) await this.bench.remove(removed);
    for (const id of removed) this.model.delete(id);
    const touched = touchAt.flatMap((at) => this.model.get(present[at] ?? '')?.document ?? []);
    await this.add(touched);
    await this.add(add.map(({ id, values }) => ({ _id: id, ...values })));
    if (compact === 'here') await this.bench.compact({ force: true });
    if (compact === 'elsewhere') await this.elsewhere.compact({ force: true });
  }
}

describe('a deletion by query', () => {
  it(
    'DEL-1: deletes what matched and nobody has touched since, once, whatever is written, deleted and merged meanwhile',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(randomDocuments(10), { minLength: 1, maxLength: 4 }),
          randomQuery,
          fc.array(meanwhile, { minLength: 1, maxLength: 4 }),
          fc.constantFrom('abort' as const, 'proceed' as const),
          async (batches, query, others, conflicts) => {
            const world = new World();
            await world.bench.create(RANDOM_FIELDS);
            for (const batch of batches) await world.add(batch.map(({ id, values }) => ({ _id: id, ...values })));
            const matched = (await idsOf(world.bench, query)).map((id) => [id, world.model.get(id)!.revision] as const);
            const job = await planOn(world.bench, query, { conflicts });
            const [first, ...rest] = others;
            await world.take(first!);
            await job.run();
            for (const each of rest) await world.take(each);
            // Merges change no document, so what is merged at the same moment changes nothing either.
            const merge = await world.elsewhere.planCompaction({ force: true });
            await merge.run();
            const merging = merge.finish();
            const doomed = matched.filter(([id, revision]) => world.model.get(id)?.revision === revision);
            const versionConflicts = matched.length - doomed.length;
            if (conflicts === 'abort' && versionConflicts > 0) {
              await expect(job.finish()).rejects.toMatchObject({
                code: 'version_conflict',
                details: { versionConflicts, documents: matched.length },
              });
            } else {
              const { result, coverage } = await job.finish();
              expect({ ...result, coverage }).toMatchObject({
                matched: matched.length,
                deleted: doomed.length,
                versionConflicts,
                failed: 0,
                coverage: 1,
              });
              for (const [id] of doomed) world.model.delete(id);
              // The message comes again, also after more has happened.
              await world.bench.compact({ force: true });
              const again = await job.finish();
              expect(again.result).toEqual(doomed.length > 0 ? result : { ...result, version: again.result.version });
            }
            await merging;
            expect(await idsOf(world.elsewhere)).toEqual([...world.model.keys()].toSorted());
          },
        ),
        { numRuns: 150 },
      );
    },
    MANY_MS,
  );

  const filled = async (): Promise<IndexBench> => {
    const bench = new IndexBench();
    await bench.create(RANDOM_FIELDS);
    for (const n of [1, 2, 3]) {
      await bench.add([
        { _id: `a${n}`, title: 'old' },
        { _id: `b${n}`, title: 'new' },
        { _id: `c${n}`, title: 'old news' },
      ]);
    }
    return bench;
  };

  it('finds documents through two merges, one after the other', async () => {
    const bench = await filled();
    const job = await planOn(bench, match('title', 'old'));
    await job.run();
    await bench.compact({ force: true });
    await bench.add([{ _id: 'a1', title: 'old' }]);
    await bench.compact({ force: true });
    await expect(job.finish()).rejects.toMatchObject({ kind: 'conflict', code: 'version_conflict' });
    const proceeding = await planOn(bench, match('title', 'new'), { conflicts: 'proceed' });
    await proceeding.run();
    await bench.compact({ force: true });
    expect((await proceeding.finish()).result).toMatchObject({ matched: 3, deleted: 3, versionConflicts: 0 });
    expect(await idsOf(bench)).toEqual(['a1', 'a2', 'a3', 'c1', 'c2', 'c3']);
  });

  it('tells what a merge has moved from what was written in the same version', async () => {
    const bench = await filled();
    const job = await planOn(bench, match('title', 'old'), { conflicts: 'proceed' });
    await job.run();
    const merge = await bench.planCompaction({ force: true });
    const update = await bench.planImport([{ _id: 'a1', title: 'old' }]);
    await Promise.all([merge.run(), update.run()]);
    // While the first is being committed the others wait, and become one version.
    await Promise.all([bench.remove(['b1']), merge.finish(), update.finish()]);
    const { version, segments } = await bench.catalog.snapshot(bench.name, { consistency: 'strong' });
    expect({ version, segments: segments.length }).toEqual({ version: 6, segments: 2 });
    expect((await job.finish()).result).toMatchObject({ matched: 6, deleted: 5, versionConflicts: 1 });
    expect(await idsOf(bench)).toEqual(['a1', 'b2', 'b3']);
  });

  it('only counts in a dry run, and makes no version', async () => {
    const bench = await filled();
    const { result } = await bench.job<DeleteByQueryResult>(kindOn(bench), {
      query: match('title', 'old'),
      dryRun: true,
      maxDocs: 2,
    });
    expect(result).toMatchObject({ dryRun: true, matched: 6, deleted: 0, versionConflicts: 0, version: 4 });
    expect(await idsOf(bench)).toHaveLength(9);
  });

  it('deletes so many at most, the same ones each time, and says how many there are', async () => {
    const bench = await filled();
    const job = await planOn(bench, match('title', 'old'), { maxDocs: 3 });
    await job.run();
    const { result } = await job.finish();
    expect(result).toMatchObject({ matched: 6, deleted: 3, versionConflicts: 0, version: 5 });
    await job.run();
    expect((await job.finish()).result).toEqual(result);
    expect(await idsOf(bench)).toEqual(['a3', 'b1', 'b2', 'b3', 'c2', 'c3']);
  });

  it('drops a segment of which nothing is left, and makes no version where nothing matches', async () => {
    const bench = await filled();
    const nothing = await bench.job<DeleteByQueryResult>(kindOn(bench), { query: match('title', 'nowhere') });
    expect(nothing.result).toMatchObject({ matched: 0, deleted: 0, version: 4 });
    const all = await bench.job<DeleteByQueryResult>(kindOn(bench), { query: matchAll() });
    expect(all.result).toMatchObject({ matched: 9, deleted: 9, version: 5 });
    expect(await bench.segments()).toBe(0);
    const none = await bench.job<DeleteByQueryResult>(kindOn(bench), { query: matchAll() });
    expect(none).toMatchObject({ coverage: 1, result: { matched: 0, deleted: 0, version: 5 } });
  });

  it('says of what could not be read that it was not looked at, and deletes it when it is tried again', async () => {
    const bench = await filled();
    const { segments } = await bench.catalog.snapshot(bench.name, { consistency: 'strong' });
    const kind = kindOn(bench);
    const spec = kind.spec.parse({ query: match('title', 'old') });
    const { context, tasks } = await bench.plan(kind, spec);
    const { shared } = await kind.plan(spec, context);
    const run = (task: number, jobAttempt: number) =>
      kind.run(tasks[task] as never, shared, spec, { ...context, task, jobAttempt });
    const lost = kind.failed({ segments: [segments[1]!.id] }, shared, {
      kind: 'corrupt',
      code: 'corrupt',
      message: 'damaged',
    });
    const some = kind.merge(kind.merge(lost, await run(2, 1)), await run(0, 1));
    expect(some).toEqual(kind.merge(await run(0, 1), kind.merge(await run(2, 1), lost)));
    const { result, coverage } = await kind.finish(some, shared, spec, context);
    expect(result).toMatchObject({ matched: 4, deleted: 4, failed: 3, errors: [{ code: 'corrupt' }] });
    expect(coverage).toBeCloseTo(2 / 3);
    const found = [...some.found, ...(await run(1, 2)).found];
    const whole = kind.merge(kind.empty(), { found, failed: [] });
    const again = await kind.finish(whole, shared, spec, { ...context, jobAttempt: 2 });
    expect(again).toMatchObject({ coverage: 1, result: { matched: 6, deleted: 6, failed: 0, version: 6 } });
    expect(await idsOf(bench)).toEqual(['b1', 'b2', 'b3']);
    await expect(kind.finish(lost, shared, spec, context)).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('refuses to carry over into an index that was made anew', async () => {
    const bench = await filled();
    const job = await planOn(bench, matchAll());
    await job.run();
    await bench.catalog.drop(bench.name);
    await expect(job.finish()).rejects.toMatchObject({ code: 'index_not_found' });
    await bench.create(RANDOM_FIELDS);
    await bench.add([{ _id: 'a1', title: 'fresh' }]);
    await expect(job.finish()).rejects.toMatchObject({ code: 'index_recreated' });
    expect(await idsOf(bench)).toEqual(['a1']);
  });

  it('refuses beforehand a query that cannot be, and an index that is not', async () => {
    const bench = await filled();
    const kind = kindOn(bench);
    const asked = (query: QueryNode, index = 'logs') =>
      kind.admit(kind.spec.parse({ query }), { tenant: 'acme', index });
    await expect(asked(term('size', 'many'))).rejects.toMatchObject({ code: 'bad_value' });
    await expect(asked(matchAll(), 'nowhere')).rejects.toMatchObject({ code: 'index_not_found' });
    await expect(asked(matchAll())).resolves.toBeUndefined();
  });

  it('JOB-4: of the same job in two processes at once, one deletes and both say so', async () => {
    const bench = await filled();
    const other = new IndexBench(bench.store, undefined, undefined, 2);
    const job = await planOn(bench, match('title', 'old'));
    const twin = await planOn(other, match('title', 'old'), {}, { jobId: job.context.jobId });
    await Promise.all([job.run(), twin.run()]);
    const [one, two] = await Promise.all([job.finish(), twin.finish()]);
    expect(one.result).toMatchObject({ deleted: 6, versionConflicts: 0, version: 5 });
    expect(two.result).toEqual(one.result);
  });

  it.each(['before', 'after'] as const)(
    'is done once when any request to the store fails %s its effect',
    async (at) => {
      for (let nth = 0; ; nth++) {
        const good = await filled();
        const failing = new FaultyObjectStore(good.store, failCall(nth, { at }));
        const worker = new IndexBench(failing, undefined, undefined, 2);
        // As a delivery that comes again: each step until it succeeds once.
        const again = async <T>(action: () => Promise<T>): Promise<T> => action().catch(action);
        const job = await again(() => planOn(worker, match('title', 'old'), { conflicts: 'proceed' }));
        await again(() => job.run());
        await good.add([{ _id: 'a2', title: 'old' }]);
        await good.compact({ force: true });
        const { result } = await again(() => job.finish());
        expect({ nth, ...result }).toMatchObject({ nth, matched: 6, deleted: 5, versionConflicts: 1, version: 7 });
        expect(await idsOf(good)).toEqual(['a2', 'b1', 'b2', 'b3']);
        if (failing.faults === 0) {
          expect(nth).toBeGreaterThan(10);
          return;
        }
      }
    },
    MANY_MS,
  );
});
