import type { FaultProxy } from '../support/fault-proxy.ts';
import type { Client } from './client.ts';
import type { Counters } from './counters.ts';
import type { Disturbance } from './disturbing.ts';
import type { Importer } from './importing.ts';
import type { Ledger } from './ledger.ts';
import type { Searcher } from './searching.ts';
import type { BrokerName } from './surroundings.ts';
import type { Violations } from './violations.ts';

/** Everybody who took part in a run, with what each counted. */
export interface ChaosReport {
  readonly broker: BrokerName;
  readonly seed: number;
  readonly seconds: number;
  /** From the end of the disturbance to the end of the last job. */
  readonly settledMs: number;
  readonly clients: readonly Pick<Client, 'accepted' | 'retries' | 'resubmitted'>[];
  readonly searchers: readonly Pick<Searcher, 'whole' | 'partial' | 'failed' | 'elapsedMs'>[];
  readonly importers: readonly Pick<Importer, 'jobs' | 'elapsedMs'>[];
  readonly ledger: Pick<Ledger, 'documents'>;
  readonly disturbance: Pick<Disturbance, 'kills' | 'restarts'>;
  readonly faults: Pick<FaultProxy, 'requests' | 'faults'>;
  readonly counters: Pick<Counters, 'sum'>;
  readonly violations: Violations;
}

const sum = <T>(values: Iterable<T>, of: (value: T) => number): number => {
  let total = 0;
  for (const value of values) total += of(value);
  return total;
};

/** What the processes count, as far as it was read before they were killed. */
const COUNTED = [
  ['quarry_tasks_total', 'tasks run'],
  ['quarry_retries_total', 'retries'],
  ['quarry_hedges_total', 'hedges'],
  ['quarry_hedges_won_total', 'hedges won'],
  ['quarry_jobs_reconciled_total', 'reconciled'],
  ['quarry_dead_letters_total', 'dead letters'],
] as const;

/** What clients waited, retries included. */
function timesOf(actors: readonly { readonly elapsedMs: readonly number[] }[]): string {
  const sorted = actors.flatMap(({ elapsedMs }) => elapsedMs).toSorted((a, b) => a - b);
  const at = (share: number): string => ((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1000).toFixed(1);
  return `p50 ${at(0.5)} s, p90 ${at(0.9)} s, longest ${at(1)} s`;
}

/** One line for people. */
export function summaryOf(report: ChaosReport): string {
  const { broker, seed, seconds, settledMs, clients, searchers, importers, ledger, disturbance, faults, counters } =
    report;
  const whole = sum(searchers, (searcher) => searcher.whole);
  const partial = sum(searchers, (searcher) => searcher.partial);
  const failed = searchers.flatMap((searcher) => [...searcher.failed].map(([code, count]) => `${count}× ${code}`));
  const spoiled = Object.entries(faults.faults).map(([fault, count]) => `${fault} ${count}`);
  const restarts = [...disturbance.restarts].map(([name, count]) => `${name} ${count}×`);
  return [
    `chaos on ${broker}: seed ${seed}, ${seconds} s, settled in ${(settledMs / 1000).toFixed(1)} s`,
    `${sum(clients, (client) => client.accepted)} jobs accepted`,
    `searches: ${whole} whole, ${partial} partial, failed: ${failed.join(', ') || 'none'} (${timesOf(searchers)})`,
    `${sum(importers, (importer) => importer.jobs)} imports of ${ledger.documents} documents (${timesOf(importers)})`,
    `${disturbance.kills} kills`,
    `restarts: ${restarts.join(', ') || 'none'}`,
    `${faults.requests} store requests (${spoiled.join(', ')})`,
    `${sum(clients, (client) => client.retries)} retries by clients, ${sum(clients, (client) => client.resubmitted)} submitted twice`,
    COUNTED.map(([name, what]) => `${counters.sum(name)} ${what}`).join(', '),
    `${report.violations.count} violations`,
  ].join('; ');
}
