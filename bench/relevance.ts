import { readdirSync, readFileSync } from 'node:fs';
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

/** The analysis of the reference. */
const LUCENES = 'english_porter';
/** Documents that tie at rank 10 come in another order there. */
const DEPTH = 50;

/**
 * How well BM25 ranks on judged collections: folders with corpus.ndjson.gz ({id, title, text}), queries.ndjson
 * ({id, text}) and qrels.tsv (query, document, gain). nDCG with linear gain and log2(rank + 1), over queries with at
 * least one relevant document. Where the folder has Lucene's own hits (run.lucene*.trec), of its top 10 the share that
 * has the same score here, to four digits. False when a measure is off: by 0.01, or with Lucene's own stemmer by 0.001 and
 * 1 % of the scores.
 */
export async function relevance(folders: readonly string[]): Promise<boolean> {
  const rows: string[][] = [];
  let within = true;
  for (const folder of folders) {
    for (const analyzer of ['english', 'english_porter']) {
      const found = await measure(folder, analyzer);
      const reference = REFERENCE[basename(folder)];
      const difference = reference === undefined ? undefined : found.ndcg - reference;
      const isLucenes = analyzer === LUCENES;
      if (difference !== undefined && Math.abs(difference) > (isLucenes ? 0.001 : 0.01)) within = false;
      if (isLucenes && found.equalScores < 0.99) within = false;
      rows.push([
        basename(folder),
        analyzer,
        String(found.documents),
        String(found.queries),
        found.ndcg.toFixed(4),
        reference?.toFixed(4) ?? '–',
        difference === undefined ? '–' : `${difference >= 0 ? '+' : ''}${difference.toFixed(4)}`,
        isLucenes && !Number.isNaN(found.equalScores) ? `${(100 * found.equalScores).toFixed(2)} %` : '–',
      ]);
    }
  }
  table(['collection', 'analyzer', 'documents', 'queries', 'nDCG@10', 'Lucene', 'difference', 'equal scores'], rows);
  return within;
}

interface Found {
  readonly ndcg: number;
  readonly documents: number;
  readonly queries: number;
  /** Of Lucene's top 10 of all queries; NaN without them. */
  readonly equalScores: number;
}

async function measure(folder: string, analyzer: string): Promise<Found> {
  const documents: BenchDocument[] = [];
  for await (const document of readCorpus(join(folder, 'corpus.ndjson.gz'))) documents.push(document);
  const built = buildSegment(documents, analyzer);
  const bytes = await bytesOf(built);
  const { bytesSource } = await import('#libs/segment');
  const index = await openIndex(built, bytesSource(bytes), analyzer);
  const gains = readGains(join(folder, 'qrels.tsv'));
  const lucenes = readRun(folder);
  let sum = 0;
  let queries = 0;
  let compared = 0;
  let equal = 0;
  for await (const line of linesOfFile(join(folder, 'queries.ndjson'))) {
    if (line === '') continue;
    const { id, text } = JSON.parse(line) as { id: string; text: string };
    const { hits } = await index.search({ query: { match: { body: text } }, size: DEPTH });
    const scores = new Map(hits.map((hit) => [hit.id, hit.score!]));
    for (const [document, score] of lucenes.get(id) ?? []) {
      compared++;
      if (Math.abs((scores.get(document) ?? 0) - score) <= 1e-4 * score) equal++;
    }
    const relevant = gains.get(id);
    if (!relevant || ![...relevant.values()].some((gain) => gain > 0)) continue;
    sum += ndcg(
      hits.slice(0, 10).map((hit) => relevant.get(hit.id) ?? 0),
      [...relevant.values()],
    );
    queries++;
  }
  return { ndcg: sum / queries, documents: documents.length, queries, equalScores: equal / compared };
}

/** Lucene's top 10 by query, with scores; none where the folder has no run of it. */
function readRun(folder: string): Map<string, (readonly [string, number])[]> {
  const run = new Map<string, (readonly [string, number])[]>();
  const file = readdirSync(folder).find((name) => name.startsWith('run.lucene'));
  if (file === undefined) return run;
  for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
    const [query, , document, rank, score] = line.split(' ');
    if (score === undefined || Number(rank) > 10) continue;
    run.set(query!, [...(run.get(query!) ?? []), [document!, Number(score)]]);
  }
  return run;
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
