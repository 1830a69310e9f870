import type { SearchPartial } from '#libs/query';
import { matchAll, request } from '#libs/testing';
import { IndexBench } from '../compact/compact-fixture.ts';
import { SearchKind } from './search-kind.ts';

/** Two segments, a task each; the first has all the better hits. */
async function scene() {
  const bench = new IndexBench();
  await bench.create({ n: { type: 'long' } });
  await bench.add([1, 2, 3].map((n) => ({ _id: `high${n}`, n: 100 + n })));
  await bench.add([1, 2, 3].map((n) => ({ _id: `low${n}`, n })));
  const kind = new SearchKind(bench.catalog, { taskBytes: 1 });
  const sort = [{ field: 'n', order: 'desc', missing: '_last' }] as const;
  const spec = { request: request(matchAll(), { size: 2, sort }) };
  const { context } = await bench.plan(kind, spec);
  const { shared, tasks } = await kind.plan(spec, context);
  expect(tasks).toHaveLength(2);
  const run = (task: number, attempt = 1): Promise<SearchPartial> =>
    kind.run(tasks[task]!, shared, spec, { ...context, task, jobAttempt: attempt });
  return { kind, context, run };
}

const idsOf = ({ hits }: SearchPartial): string[] => hits.map(({ id }) => id);

it('PRUNE-3: a task leaves out what a recorded partial of its attempt shows to be on no page', async () => {
  const { kind, context, run } = await scene();
  const first = await run(0);
  expect(first.floor).toBe(102);
  // Not recorded yet: a duplicate, perhaps.
  expect(idsOf(await run(1))).toEqual(['low3', 'low2']);
  kind.onRecorded(first, context);
  expect(idsOf(await run(1))).toEqual([]);
  expect((await run(1)).total).toEqual({ value: 3, relation: 'eq' });
  expect(idsOf(await run(0))).toEqual(['high3', 'high2']);
  expect(idsOf(await run(1, 2))).toEqual(['low3', 'low2']);
});

it('PRUNE-3: and does not rely on one that is not whole, which a retry runs again', async () => {
  const { kind, context, run } = await scene();
  const first = await run(0);
  const error = { kind: 'timeout', code: 'timeout', message: 'late' } as const;
  kind.onRecorded({ ...first, failed: [{ segment: 's', error }] }, context);
  expect(idsOf(await run(1))).toEqual(['low3', 'low2']);
});
