import { systemClock } from '#libs/kernel';
import { MemoryObjectStore } from '#libs/object-store';
import type { ThreadPool } from '#libs/threads';
import { openBuildThreads } from '../../threads/open-job-threads.ts';
import { IndexBench } from './compact-fixture.ts';

const MEMORY = 4 * 2 ** 20;

/** The newest segments' bytes when five imports with deletes have been compacted. */
async function compacted(threads: ThreadPool | undefined): Promise<unknown> {
  const store = new MemoryObjectStore({ clock: systemClock });
  const bench = new IndexBench(store, systemClock, MEMORY, 1, threads);
  await bench.create();
  for (let batch = 0; batch < 5; batch++) {
    const ids = Array.from({ length: 200 }, (_, i) => (batch * 150 + i) % 700);
    await bench.add(ids.map((id) => ({ _id: `d${id}`, text: `amber ${id % 13} clay`, n: id, batch })));
  }
  await bench.remove(['d3', 'd77', 'd698']);
  const { result } = await bench.compact({ force: true });
  const { segments } = await bench.catalog.snapshot(bench.name, { consistency: 'strong' });
  const bodies = await Promise.all(segments.map(({ key }) => store.get(key)));
  return { ...result, version: 0, bodies: bodies.map((body) => Buffer.from(body).toString('base64')) };
}

it('a compaction leaves the same bytes whether a thread computes it or not', async () => {
  const threads = openBuildThreads({
    threads: 1,
    indexMemoryBytes: MEMORY,
    clock: systemClock,
    onLost: () => {},
  });
  try {
    const inThread = await compacted(threads);
    expect(threads.counts().calls).toBe(6);
    expect(inThread).toEqual(await compacted(undefined));
    expect(inThread).toMatchObject({ merged: 1, segmentsAfter: 1, documents: 697 });
  } finally {
    await threads.close();
  }
});
