import { join } from 'node:path';
import { systemRandom } from '#libs/kernel';
import { ndjson } from '../support/api.ts';
import { Cluster } from '../support/cluster.ts';
import { Client, pause } from './client.ts';
import { Counters } from './counters.ts';
import { Disturbance } from './disturbing.ts';
import { drawName, streamOf } from './draw.ts';
import { type Healthy, hitsOf, wrongWithFixed } from './fixed-answers.ts';
import { drawFixedDocuments, drawFixedQueries, FIXED_FIELDS, type FixedQuery } from './fixed-corpus.ts';
import { checkFinalState } from './final-state.ts';
import { Importer } from './importing.ts';
import { Ledger } from './ledger.ts';
import type { ChaosReport } from './report.ts';
import { Searcher } from './searching.ts';
import { type BrokerName, type StoreServer, surround } from './surroundings.ts';
import { Violations } from './violations.ts';

export interface ChaosOptions {
  readonly broker: BrokerName;
  readonly seconds: number;
  readonly seed: number;
  readonly store: StoreServer;
  /** Logs and data; whoever gave it removes it. */
  readonly folder: string;
  /** One server after the other is restarted this often. */
  readonly restartEveryMs: number;
}

const GATEWAYS = 2;
const WORKERS = 3;
const SEARCHERS = 4;
const IMPORTERS = 3;
const FAULT_SHARE = 0.05;
/** Batches to one index. */
const PER_INDEX = 100;
/** Segments of the index that does not change: several for each worker. */
const FIXED_BATCHES = 15;
const FIXED_BATCH_DOCUMENTS = 200;
const SETTINGS = {
  // Each search becomes several tasks, which go to the workers that have the segments.
  QUARRY_SEARCH_TASK: '16KiB',
  QUARRY_INDEX_MEMORY: '16MiB',
  QUARRY_CACHE_MEMORY: '64MiB',
};
const FIXED = 'fixed';
/** From the end of the disturbance to the end of the last accepted job. Two and a half minutes is how patient a task is; the rest is for a busy machine. */
const SETTLE_MS = 600_000;

/**
 * Two gateways and three workers under a mixed load while everything around and among them fails (JOB-1 … JOB-5, MAN-1).
 * The report says what was done and what was wrong; it is all right when nothing was.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { broker, seed, store, folder } = options;
  const name = `chaos-${drawName(systemRandom)}`;
  const around = await surround({ broker, store, folder, name, seed, faultShare: FAULT_SHARE });
  const violations = new Violations();
  let cluster: Cluster | undefined;
  try {
    const environment = { ...SETTINGS, ...around.environment };
    cluster = await Cluster.start({ gateways: GATEWAYS, workers: WORKERS, folder: join(folder, 'logs'), environment });
    return await disturb(options, cluster, around, violations);
  } finally {
    await cluster?.kill();
    await around.stop();
  }
}

async function disturb(
  { broker, seed, seconds, folder, restartEveryMs }: ChaosOptions,
  cluster: Cluster,
  { faults, restartable }: Awaited<ReturnType<typeof surround>>,
  violations: Violations,
): Promise<ChaosReport> {
  const over = new AbortController();
  const giveUp = new AbortController();
  const urls = cluster.gateways.map(({ url }) => url);
  const clients: Client[] = [];
  const clientOf = (actor: string): Client => {
    const client = new Client({ urls, random: streamOf(seed, `client ${actor}`), violations, giveUp: giveUp.signal });
    clients.push(client);
    return client;
  };
  const fixed = await prepareFixed(clientOf('preparing'), seed, violations);
  const ledger = new Ledger(PER_INDEX);
  const made = new Map<string, Promise<unknown>>();
  const searchers = Array.from({ length: SEARCHERS }, (_, i) => {
    const actor = `searcher ${i}`;
    return new Searcher({ client: clientOf(actor), random: streamOf(seed, actor), ledger, violations, fixed });
  });
  const importers = Array.from({ length: IMPORTERS }, (_, i) => {
    const actor = `importer ${i}`;
    const own = { client: clientOf(actor), random: streamOf(seed, actor), ledger, violations, folder };
    return new Importer(own, made);
  });
  const counters = new Counters();
  const disturbance = new Disturbance(cluster, streamOf(seed, 'kills'), (member) => counters.read(member));
  faults.on = true;
  const acting = Promise.all([...searchers, ...importers].map((actor) => actor.runUntil(over.signal)));
  const disturbing = Promise.all([
    disturbance.killUntil(over.signal),
    disturbance.restartUntil(over.signal, restartable, restartEveryMs),
  ]);
  await Promise.race([pause(seconds * 1000), acting, disturbing]);
  over.abort();
  faults.on = false;
  await disturbing;
  const settlingSince = Date.now();
  const timer = setTimeout(() => giveUp.abort(), SETTLE_MS);
  await disturbance.settle();
  await acting;
  const settledMs = Date.now() - settlingSince;
  await checkFinalState(clientOf('the end'), ledger, violations);
  clearTimeout(timer);
  for (const { name, ownEnds } of cluster.members)
    for (const end of ownEnds) violations.add(`${name} was up and ended by itself (${end}); its log says why`);
  await Promise.all(cluster.members.map((member) => counters.read(member)));
  return {
    broker,
    seed,
    seconds,
    settledMs,
    clients,
    searchers,
    importers,
    ledger,
    disturbance,
    faults,
    counters,
    violations,
  };
}

/** An index of many segments that never changes, with the right answers to many queries. */
async function prepareFixed(
  client: Client,
  seed: number,
  violations: Violations,
): Promise<{ index: string; queries: readonly FixedQuery[]; healthy: Healthy }> {
  const random = streamOf(seed, 'fixed');
  const documents = drawFixedDocuments(random, FIXED_BATCHES * FIXED_BATCH_DOCUMENTS);
  const queries = drawFixedQueries(random, documents, 5);
  await client.insist({ method: 'PUT', path: `/v1/indexes/${FIXED}`, body: JSON.stringify({ fields: FIXED_FIELDS }) });
  await inLanes(FIXED_BATCHES, async (i) => {
    const lines = ndjson(documents.slice(i * FIXED_BATCH_DOCUMENTS, (i + 1) * FIXED_BATCH_DOCUMENTS));
    const path = `/v1/indexes/${FIXED}/documents?wait=30s`;
    const end = await client.run({ method: 'POST', path, body: lines, contentType: 'application/x-ndjson' });
    if (!end || !('result' in end)) throw new Error(`the fixed index cannot be made: ${JSON.stringify(end)}`);
  });
  const healthy = new Map<FixedQuery, ReturnType<typeof hitsOf>>();
  await inLanes(queries.length, async (i) => {
    const query = queries[i]!;
    const path = `/v1/indexes/${FIXED}/search?wait=30s`;
    const end = await client.run({ method: 'POST', path, body: JSON.stringify(query.body) });
    if (!end || !('result' in end)) throw new Error(`before the chaos, ${query.name}: ${JSON.stringify(end)}`);
    const wrong = end.coverage < 1 ? `coverage ${end.coverage}` : wrongWithFixed(query, end.result);
    if (wrong !== undefined) violations.add(`before the chaos: ${wrong}`);
    healthy.set(query, hitsOf(end.result));
  });
  return { index: FIXED, queries, healthy };
}

/** A few at a time: what is written at once to one index must be committed one after the other. */
async function inLanes(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: 4 }, lane));
}
