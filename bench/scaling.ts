import { systemClock } from '#libs/kernel';
import { parseSearchRequest } from '#libs/query';
import type { RuntimeJobService, WorkerHost } from '#libs/jobs';
import { loadCorpus } from './corpus.ts';
import { clientOf, hire, inMemory, partsOf, type Common } from './fleet-in-process.ts';
import { BENCH_INDEX, writeIndex } from './fleet-index.ts';
import { drawQueries } from './queries.ts';
import { ms, percentile, table } from './report.ts';

export interface ScalingOptions {
  readonly limit: number;
  readonly seconds: number;
  readonly latencyMs: number;
  readonly concurrency: number;
}

const SEGMENTS = 8;
/** Nothing stays cached: every query is a cold one. */
const NO_CACHE = 0;

/**
 * How many cold queries a second one worker and four answer, each with the same task concurrency, on a store whose every
 * request takes `latencyMs`: queries wait, so workers add up although they share this machine's cores. Then what hedging
 * does to the tail when one worker in four has a store ten times slower. Workers in one process, on broker and job store
 * in memory: it is the routing that is measured, not a server.
 */
export async function scaling(options: ScalingOptions): Promise<void> {
  const { name, documents } = await loadCorpus(undefined, options.limit);
  const queries = drawQueries(documents, 100).filter(({ kind }) => kind === 'term');
  const common = inMemory();
  const bytes = await writeIndex(common.store, documents, SEGMENTS);
  process.stdout.write(
    `${name}: ${documents.length} documents, ${SEGMENTS} segments, ${(bytes / 1e6).toFixed(1)} MB; ${options.latencyMs} ms a request, ${options.concurrency} tasks a worker\n`,
  );
  const texts = queries.map(({ words }) => words.join(' '));
  const one = await throughput(common, 1, texts, options);
  const four = await throughput(common, 4, texts, options);
  table(
    ['workers', 'cold queries a second', 'ratio'],
    [
      ['1', one.toFixed(1), '1.00'],
      ['4', four.toFixed(1), (four / one).toFixed(2)],
    ],
  );
  const without = await tail(common, false, texts, options);
  const withHedges = await tail(common, true, texts, options);
  table(
    ['one worker in four ten times slower', 'queries', 'p50 ms', 'p99 ms'],
    [
      ['without hedges', String(without.length), ms(percentile(without, 50)), ms(percentile(without, 99))],
      ['with hedges', String(withHedges.length), ms(percentile(withHedges, 50)), ms(percentile(withHedges, 99))],
    ],
  );
}

async function staff(common: Common, count: number, options: ScalingOptions, more: Staffing): Promise<Staff> {
  const hosts: WorkerHost[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const slow = more.slowOne === true && seed === count;
    const parts = partsOf(common, {
      seed,
      latencyMs: options.latencyMs * (slow ? 10 : 1),
      sigma: 0,
      cacheBytes: NO_CACHE,
      searchTaskBytes: more.taskBytes,
    });
    hosts.push(await hire(parts, common, options.concurrency, more.hedge));
  }
  for (const host of hosts) await host.beat();
  const client = partsOf(common, { seed: 99, latencyMs: 0, sigma: 0, cacheBytes: 1 << 26, searchTaskBytes: 1 << 29 });
  return { service: clientOf(client), close: async () => void (await Promise.all(hosts.map((host) => host.close(0)))) };
}

interface Staffing {
  readonly hedge: boolean;
  readonly taskBytes: number;
  readonly slowOne?: boolean;
}

interface Staff {
  readonly service: RuntimeJobService;
  close(): Promise<void>;
}

async function ask(service: RuntimeJobService, q: string): Promise<number> {
  const began = systemClock.monotonic();
  const spec = { request: parseSearchRequest({ q, size: 10, consistency: 'eventual' }) };
  const { job } = await service.submit({ kind: 'search', ...BENCH_INDEX, spec });
  const { job: ended } = await service.wait(BENCH_INDEX.tenant, job.id, 60_000);
  if (ended.state !== 'succeeded') throw new Error(`a query ended ${ended.state}: ${ended.error?.message}`);
  return systemClock.monotonic() - began;
}

/** `clients` ask one query after the other until the time is over. */
async function load(
  service: RuntimeJobService,
  texts: readonly string[],
  clients: number,
  seconds: number,
): Promise<number[]> {
  const times: number[] = [];
  const until = systemClock.monotonic() + seconds * 1000;
  let next = 0;
  const client = async (): Promise<void> => {
    while (systemClock.monotonic() < until) times.push(await ask(service, texts[next++ % texts.length]!));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return times;
}

/** One task a query, as many clients as keep all workers busy. */
async function throughput(
  common: Common,
  workers: number,
  texts: readonly string[],
  options: ScalingOptions,
): Promise<number> {
  const staffed = await staff(common, workers, options, { hedge: false, taskBytes: 2 ** 40 });
  const clients = workers * options.concurrency * 2;
  await load(staffed.service, texts, clients, WARM_UP_SECONDS);
  const began = systemClock.monotonic();
  const times = await load(staffed.service, texts, clients, options.seconds);
  const elapsed = (systemClock.monotonic() - began) / 1000;
  await staffed.close();
  return times.length / elapsed;
}

/** Every query asks all workers: a task a segment. */
async function tail(
  common: Common,
  hedge: boolean,
  texts: readonly string[],
  options: ScalingOptions,
): Promise<number[]> {
  const staffed = await staff(common, 4, { ...options, concurrency: 64 }, { hedge, taskBytes: 1, slowOne: true });
  await load(staffed.service, texts, 2, WARM_UP_SECONDS * 2);
  const times = await load(staffed.service, texts, 2, options.seconds);
  await staffed.close();
  return times;
}

/** The code is compiled, and the workers have told each other their pace. */
const WARM_UP_SECONDS = 3;
