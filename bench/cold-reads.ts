import { createIds, seededRandom, systemClock } from '#libs/kernel';
import { ObjectStoreIndexCatalog, type SegmentEntry } from '#libs/index';
import {
  CachingObjectStore,
  CountingObjectStore,
  HedgingObjectStore,
  LatencyObjectStore,
  MemoryObjectStore,
  S3_LATENCY,
} from '#libs/object-store';
import { bytesOf, buildSegment, searchIn } from './memory-index.ts';
import { loadCorpus } from './corpus.ts';
import { drawQueries, QUERY_CLASSES, readQueries, type BenchQuery } from './queries.ts';
import { percentile, table } from './report.ts';
import { dsl } from './warm-search.ts';

export interface ColdReadsOptions {
  readonly corpus?: string;
  readonly limit: number;
  readonly queries?: string;
  /** Of each class. */
  readonly perClass: number;
  /** Of one connection, MB/s; 0: bodies come at once. */
  readonly bandwidth: number;
}

interface Cost {
  readonly rounds: number;
  readonly requests: number;
  readonly bytes: number;
  readonly ms: number;
}

const CASES = ['cold', 'footer cached', 'warm'] as const;

/**
 * What a query costs a fresh process, one that has opened the segment, and one that has run the query before: dependent
 * rounds, requests and bytes, which are exact on any machine, and ms on a store whose first byte takes 63 ms (p50) to
 * 118 ms (p99).
 */
export async function coldReads(options: ColdReadsOptions): Promise<void> {
  const { corpus, limit, queries: file, perClass, bandwidth } = options;
  const { name, documents } = await loadCorpus(corpus, limit);
  const queries = file === undefined ? drawQueries(documents, perClass) : readQueries(file, perClass);
  const built = buildSegment(documents, 'standard');
  const segment = await bytesOf(built);
  const { bytes, footer } = built.meta;
  process.stdout.write(
    `${name}: ${documents.length} documents, segment ${(bytes / 1e6).toFixed(1)} MB, footer ${(footer.length / 1e3).toFixed(1)} kB (${((100 * footer.length) / bytes).toFixed(2)} %)\n`,
  );
  const memory = new MemoryObjectStore({ clock: systemClock });
  const entry: SegmentEntry = { ...built.meta, id: 'bench', key: 'segment', job: 'bench' };
  await memory.put(entry.key, segment);
  const store = new BenchStore(memory, bandwidth);
  const rows: string[][] = [];
  for (const kind of QUERY_CLASSES) {
    const costs: Record<(typeof CASES)[number], Cost[]> = { cold: [], 'footer cached': [], warm: [] };
    for (const query of queries.filter((one) => one.kind === kind && (kind === 'term' || one.words.length === 2))) {
      const process = store.freshProcess(entry);
      costs.cold.push(await process.cost(query));
      costs.warm.push(await process.cost(query));
      const opened = store.freshProcess(entry);
      await opened.open();
      costs['footer cached'].push(await opened.cost(query));
    }
    for (const which of CASES) rows.push([`${kind}, ${which}`, ...columnsOf(costs[which])]);
  }
  table(['class', 'queries', 'rounds p50 / max', 'requests p50 / max', 'MB p50 / max', 'ms p50 / p99'], rows);
  const { sent, won } = store.hedges();
  process.stdout.write(`${sent} requests were made twice, of which the second answered first ${won} times\n`);
}

function columnsOf(costs: readonly Cost[]): string[] {
  const pair = (read: (cost: Cost) => number, high: number, digits: number): string =>
    [50, high].map((p) => percentile(costs.map(read), p).toFixed(digits)).join(' / ');
  return [
    String(costs.length),
    pair((cost) => cost.rounds, 100, 0),
    pair((cost) => cost.requests, 100, 0),
    pair((cost) => cost.bytes / 1e6, 100, 2),
    pair((cost) => cost.ms, 99, 0),
  ];
}

/** The segment in a slow store. Processes come and go; the latencies that hedging has learnt stay. */
class BenchStore {
  private readonly counting: CountingObjectStore;
  private readonly hedging: HedgingObjectStore;

  constructor(memory: MemoryObjectStore, bandwidth: number) {
    const latency = { ...S3_LATENCY, ...(bandwidth > 0 && { bytesPerSecond: bandwidth * 1e6 }) };
    this.counting = new CountingObjectStore(
      new LatencyObjectStore(memory, latency, { clock: systemClock, random: seededRandom(1) }),
    );
    this.hedging = new HedgingObjectStore(this.counting);
  }

  hedges(): { sent: number; won: number } {
    return this.hedging.counts();
  }

  freshProcess(entry: SegmentEntry): { open(): Promise<void>; cost(query: BenchQuery): Promise<Cost> } {
    const cached = new CachingObjectStore(this.hedging, { maxBytes: 1 << 28, isImmutable: () => true });
    const random = seededRandom(1);
    const catalog = new ObjectStoreIndexCatalog({
      store: this.counting,
      cachedStore: cached,
      clock: systemClock,
      random,
      ids: createIds(systemClock, random),
    });
    return {
      open: async () => {
        await catalog.openOne(entry);
      },
      cost: async (query) => {
        this.counting.reset();
        const began = performance.now();
        await searchIn(await catalog.openOne(entry), entry, 'standard', { query: dsl(query), size: 10 });
        const ms = performance.now() - began;
        const { rounds, totalRequests, bytesRead } = this.counting.snapshot();
        return { rounds, requests: totalRequests, bytes: bytesRead, ms };
      },
    };
  }
}
