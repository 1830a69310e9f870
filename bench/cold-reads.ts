import { systemClock } from '#libs/kernel';
import { CachingObjectStore, CountingObjectStore, MemoryObjectStore } from '#libs/object-store';
import type { SegmentSource } from '#libs/segment';
import { bytesOf, buildSegment, openIndex } from './memory-index.ts';
import { loadCorpus } from './corpus.ts';
import { drawQueries, QUERY_CLASSES, readQueries } from './queries.ts';
import { percentile, table } from './report.ts';
import { dsl } from './warm-search.ts';

export interface ColdReadsOptions {
  readonly corpus?: string;
  readonly limit: number;
  readonly queries?: string;
}

const PER_CLASS = 50;

/** What a query costs that finds nothing cached: dependent rounds, requests, bytes. Counts, so exact on any machine. */
export async function coldReads({ corpus, limit, queries: file }: ColdReadsOptions): Promise<void> {
  const { name, documents } = await loadCorpus(corpus, limit);
  const queries = file === undefined ? drawQueries(documents, PER_CLASS) : readQueries(file, PER_CLASS);
  const built = await buildSegment(documents, 'standard');
  const store = new MemoryObjectStore({ clock: systemClock });
  await store.put('segment', await bytesOf(built));
  process.stdout.write(
    `${name}: ${documents.length} documents, segment ${(built.meta.bytes / 1e6).toFixed(1)} MB, footer ${(built.meta.footer.length / 1e3).toFixed(1)} kB (${((100 * built.meta.footer.length) / built.meta.bytes).toFixed(2)} %)\n`,
  );
  const rows: string[][] = [];
  for (const kind of QUERY_CLASSES) {
    const counts: { rounds: number; requests: number; bytes: number }[] = [];
    for (const query of queries.filter((one) => one.kind === kind)) {
      const counting = new CountingObjectStore(store);
      // A cache as in the product, but empty: a fresh process.
      const cached = new CachingObjectStore(counting, { maxBytes: 1 << 28, isImmutable: () => true });
      const source: SegmentSource = { read: (ranges) => cached.getRanges('segment', ranges) };
      const index = await openIndex(built, source, 'standard');
      await index.search({ query: dsl(query), size: 10 });
      const { rounds, totalRequests, bytesRead } = counting.snapshot();
      counts.push({ rounds, requests: totalRequests, bytes: bytesRead });
    }
    const of = (p: number, read: (count: (typeof counts)[number]) => number): number => percentile(counts.map(read), p);
    rows.push([
      kind,
      String(counts.length),
      `${of(50, (c) => c.rounds)} / ${of(100, (c) => c.rounds)}`,
      `${of(50, (c) => c.requests)} / ${of(100, (c) => c.requests)}`,
      `${(of(50, (c) => c.bytes) / 1e6).toFixed(2)} / ${(of(100, (c) => c.bytes) / 1e6).toFixed(2)}`,
    ]);
  }
  table(['class', 'queries', 'rounds p50 / max', 'requests p50 / max', 'MB p50 / max'], rows);
}
