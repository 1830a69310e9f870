import { createIds, systemClock, systemRandom } from '#libs/kernel';
import type { JobPlan, JobRecord, JobState, JobStore, NewJob, StoredPartial } from './job-store.ts';

/** What the contract suites of the JobStore make their jobs with. */
export const ids = createIds(systemClock, systemRandom);
export const newJob = (more: Partial<NewJob> = {}): NewJob => ({
  id: ids.next(),
  kind: 'search',
  tenant: 'acme',
  index: 'books',
  spec: { query: { match: { title: 'größe 🦔' } }, size: 10 },
  ...more,
});
export const planOf = (tasks: number): JobPlan => ({
  shared: { version: 7 },
  tasks: Array.from({ length: tasks }, (_, segment) => ({ segment })),
});
export const partialOf = (body: unknown, failed = false): StoredPartial => ({ body, failed });
export const NOTHING_DONE = { doneBytes: 0, totalBytes: 0, documents: 0 };

/** Looks again until `check` no longer throws; its last error after half a minute. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = systemClock.monotonic() + 30_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (systemClock.monotonic() >= deadline) throw error;
    }
    await systemClock.sleep(5);
  }
}

/** A job in `running` with a plan of so many tasks. */
export async function running(store: JobStore, tasks: number, more: Partial<NewJob> = {}): Promise<string> {
  const job = newJob(more);
  await store.create(job);
  await store.transition(job.id, ['queued'], { state: 'planning' });
  await store.recordPlan(job.id, planOf(tasks));
  return job.id;
}

export async function ended(store: JobStore, state: JobState, tasks = 1): Promise<string> {
  const id = await running(store, tasks);
  await store.transition(id, ['running'], { state });
  return id;
}

export const idsOf = (jobs: JobRecord[]): string[] => jobs.map(({ id }) => id);

/** Until the wall clock has moved, so that times differ. */
export const tick = async (): Promise<number> => {
  const now = systemClock.now();
  while (systemClock.now() === now) await systemClock.sleep(1);
  return systemClock.now();
};
