import type { PoolCounts, ThreadPool } from '#libs/threads';
import type { Metrics } from '#libs/telemetry';

/** What the pools of threads do, read when somebody scrapes. */
export function observeThreads(metrics: Metrics, pools: Readonly<Record<string, ThreadPool>>): void {
  const observe = (name: string, about: string, of: (counts: PoolCounts) => number): void =>
    metrics.observe(name, about, ['pool'], async () =>
      Object.entries(pools).map(([pool, threads]) => ({ labels: { pool }, value: of(threads.counts()) })),
    );
  observe('quarry_threads', 'Threads that are there', ({ threads }) => threads);
  observe('quarry_threads_running', 'Tasks that run in threads', ({ running }) => running);
  observe('quarry_threads_waiting', 'Tasks that wait for a thread', ({ waiting }) => waiting);
  observe('quarry_threads_calls', 'Tasks begun in threads since start', ({ calls }) => calls);
  observe(
    'quarry_threads_wait_seconds',
    'Time that tasks have waited for a thread since start',
    ({ waitedMs }) => waitedMs / 1000,
  );
  observe('quarry_threads_lost', 'Threads that have died since start', ({ lost }) => lost);
}
