import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bytesOf, buildSegment, openIndex } from './memory-index.ts';
import { linesOfFile, readCorpus, type BenchDocument } from './corpus.ts';
import { table } from './report.ts';

/** nDCG@10 of Lucene 8.8.1, BM25 k1 = 1.2, b = 0.75, English analysis with the Porter stemmer, on the same files. */
const REFERENCE: Record<string, number> = {
  'beir-scifact': 0.6826,
  cranfield: 0.4299,
  'vaswani-npl': 0.4326,
  cacm: 0.4848,
};

/**
 * How well BM25 ranks on judged collections: folders with corpus.ndjson.gz ({id, title, text}), queries.ndjson
 * ({id, text}) and qrels.tsv (query, document, gain). nDCG with linear gain and log2(rank + 1), over queries with at
 * least one relevant document.
 */
export async function relevance(folders: readonly string[]): Promise<boolean> {
  const rows: string[][] = [];
  let within = true;
  for (const folder of folders) {
    for (const analyzer of ['english', 'english_porter']) {
      const found = await ndcgOf(folder, analyzer);
      const reference = REFERENCE[basename(folder)];
      const difference = reference === undefined ? undefined : found.ndcg - reference;
      if (difference !== undefined && Math.abs(difference) > 0.01) within = false;
      rows.push([
        basename(folder),
        analyzer,
        String(found.documents),
        String(found.queries),
        found.ndcg.toFixed(4),
        reference?.toFixed(4) ?? '–',
        difference === undefined ? '–' : `${difference >= 0 ? '+' : ''}${difference.toFixed(4)}`,
      ]);
    }
  }
  table(['collection', 'analyzer', 'documents', 'queries', 'nDCG@10', 'Lucene', 'difference'], rows);
  return within;
}

async function ndcgOf(folder: string, analyzer: string): Promise<{ ndcg: number; documents: number; queries: number }> {
  const documents: BenchDocument[] = [];
  for await (const document of readCorpus(join(folder, 'corpus.ndjson.gz'))) documents.push(document);
  const built = await buildSegment(documents, analyzer);
  const bytes = await bytesOf(built);
  const { bytesSource } = await import('#libs/segment');
  const index = await openIndex(built, bytesSource(bytes), analyzer);
  const gains = readGains(join(folder, 'qrels.tsv'));
  let sum = 0;
  let queries = 0;
  for await (const line of linesOfFile(join(folder, 'queries.ndjson'))) {
    if (line === '') continue;
    const { id, text } = JSON.parse(line) as { id: string; text: string };
    const relevant = gains.get(id);
    if (!relevant || ![...relevant.values()].some((gain) => gain > 0)) continue;
    const { hits } = await index.search({ query: { match: { body: text } }, size: 10 });
    sum += ndcg(
      hits.map((hit) => relevant.get(hit.id) ?? 0),
      [...relevant.values()],
    );
    queries++;
  }
  return { ndcg: sum / queries, documents: documents.length, queries };
}

function ndcg(found: readonly number[], all: readonly number[]): number {
  const dcg = (gains: readonly number[]): number =>
    gains.reduce((sum, gain, rank) => sum + Math.max(0, gain) / Math.log2(rank + 2), 0);
  return dcg(found) / dcg(all.toSorted((a, b) => b - a).slice(0, 10));
}

function readGains(path: string): Map<string, Map<string, number>> {
  const gains = new Map<string, Map<string, number>>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [query, document, gain] = line.split('\t');
    if (gain === undefined) continue;
    const of = gains.get(query!) ?? new Map<string, number>();
    of.set(document!, Number(gain));
    gains.set(query!, of);
  }
  return gains;
}
