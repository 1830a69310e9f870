import { DatabaseSync } from 'node:sqlite';
import MiniSearch from 'minisearch';
import { bytesOf, buildSegment, openIndex } from './memory-index.ts';
import { loadCorpus, type BenchDocument } from './corpus.ts';
import { drawQueries, QUERY_CLASSES, readQueries, type BenchQuery } from './queries.ts';
import { ms, percentile, table } from './report.ts';
import { bytesSource } from '#libs/segment';

export interface WarmSearchOptions {
  readonly corpus?: string;
  readonly limit: number;
  readonly queries?: string;
  readonly perClass: number;
  readonly passes: number;
}

/** Top 10 of a query; undefined where the engine has no such query. */
interface Engine {
  readonly name: string;
  top10(query: BenchQuery): unknown;
  has(query: BenchQuery): boolean;
}

/**
 * Warm top 10, one thread, one segment, same corpus and same queries for all engines, which take turns pass by pass, so
 * that whatever the machine does meanwhile hits all alike. Two passes of warm-up; times are of the passes after them. All
 * answer ids and scores; Quarry is measured again with exact counts, and with the documents it also brings.
 */
export async function warmSearch({ corpus, limit, queries: file, perClass, passes }: WarmSearchOptions): Promise<void> {
  const { name, documents, bytes } = await loadCorpus(corpus, limit);
  const queries = file === undefined ? drawQueries(documents, perClass) : readQueries(file, perClass);
  process.stdout.write(
    `${name}: ${documents.length} documents, ${(bytes / 1e6).toFixed(1)} MB; ${queries.length} queries, ${passes} passes after two of warm-up\n`,
  );
  const engines = [...(await quarry(documents)), fts5(documents), miniSearch(documents)];
  const times = new Map<string, number[]>();
  for (let pass = -1; pass <= passes; pass++) {
    for (const engine of engines) {
      for (const query of queries) {
        if (!engine.has(query)) continue;
        const began = performance.now();
        await engine.top10(query);
        const elapsed = performance.now() - began;
        if (pass <= 0) continue;
        const key = `${engine.name} ${query.kind}`;
        const of = times.get(key);
        if (of) of.push(elapsed);
        else times.set(key, [elapsed]);
      }
    }
  }
  const rows = engines.map((engine) => [
    engine.name,
    ...QUERY_CLASSES.map((kind) => {
      const of = times.get(`${engine.name} ${kind}`);
      if (!of) return '–';
      const ratio = percentile(of, 50) / percentile(times.get(`${engines[0]!.name} ${kind}`)!, 50);
      return `${ms(percentile(of, 50))} / ${ms(percentile(of, 99))}  (${ratio.toFixed(1)}×)`;
    }),
  ]);
  table(['engine', ...QUERY_CLASSES.map((kind) => `${kind}: p50 / p99 ms (p50 ratio)`)], rows);
}

async function quarry(documents: readonly BenchDocument[]): Promise<Engine[]> {
  const built = buildSegment(documents, 'standard');
  const index = await openIndex(built, bytesSource(await bytesOf(built)), 'standard');
  const engine = (name: string, options: object): Engine => ({
    name,
    has: () => true,
    top10: (query) => index.search({ query: dsl(query), size: 10, ...options }),
  });
  return [
    engine('Quarry', { _source: false }),
    engine('Quarry, exact counts', { _source: false, trackTotalHits: true }),
    engine('Quarry, with documents', {}),
  ];
}

export function dsl({ kind, words }: BenchQuery): unknown {
  const text = words.join(' ');
  if (kind === 'phrase') return { match_phrase: { body: text } };
  return { match: { body: { query: text, operator: kind === 'and' ? 'and' : 'or' } } };
}

function fts5(documents: readonly BenchDocument[]): Engine {
  const database = new DatabaseSync(':memory:');
  database.exec(`CREATE VIRTUAL TABLE docs USING fts5(body, content='', tokenize='unicode61 remove_diacritics 0')`);
  const insert = database.prepare('INSERT INTO docs(rowid, body) VALUES (?, ?)');
  database.exec('BEGIN');
  for (const [at, { body }] of documents.entries()) insert.run(at + 1, body);
  database.exec('COMMIT');
  database.exec(`INSERT INTO docs(docs) VALUES ('optimize')`);
  const select = database.prepare('SELECT rowid, rank FROM docs WHERE docs MATCH ? ORDER BY rank LIMIT 10');
  const quote = (word: string): string => `"${word}"`;
  return {
    name: `SQLite FTS5 ${(database.prepare('SELECT sqlite_version() AS v').get() as { v: string }).v}`,
    has: () => true,
    top10: ({ kind, words }) => {
      if (kind === 'phrase') return select.all(quote(words.join(' ')));
      return select.all(words.map(quote).join(kind === 'or' ? ' OR ' : ' AND '));
    },
  };
}

function miniSearch(documents: readonly BenchDocument[]): Engine {
  const index = new MiniSearch<BenchDocument>({ fields: ['body'], storeFields: [] });
  index.addAll(documents);
  return {
    name: 'MiniSearch 7',
    has: ({ kind }) => kind !== 'phrase',
    top10: ({ kind, words }) =>
      index
        .search(words.join(' '), { combineWith: kind === 'and' ? 'AND' : 'OR', prefix: false, fuzzy: false })
        .slice(0, 10),
  };
}
