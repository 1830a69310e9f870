import { readFileSync } from 'node:fs';
import type { BenchDocument } from './corpus.ts';

export type QueryClass = 'term' | 'and' | 'or' | 'phrase';
export const QUERY_CLASSES: readonly QueryClass[] = ['term', 'and', 'or', 'phrase'];

export interface BenchQuery {
  readonly kind: QueryClass;
  readonly words: readonly string[];
}

const TAGS: Record<string, QueryClass> = { term: 'term', intersection: 'and', union: 'or', phrase: 'phrase' };

/**
 * Queries from NDJSON lines {query or text, tags}: `+a +b` is AND, `a b` OR, `"a b"` a phrase, as in the public
 * search-benchmark-game; the term class is filled up with single words of the others.
 */
export function readQueries(path: string, perClass: number): BenchQuery[] {
  const queries: BenchQuery[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const { query, text, tags } = JSON.parse(line) as { query?: string; text?: string; tags: string[] };
    const kind = tags.map((tag) => TAGS[tag]).find((found) => found !== undefined);
    const words = (query ?? text ?? '').toLowerCase().match(/[\p{L}\p{N}]+/gu);
    if (kind && words) queries.push({ kind, words });
  }
  const singles = [...new Set(queries.filter(({ kind }) => kind === 'or').flatMap(({ words }) => words))];
  const terms = singles.map((word): BenchQuery => ({ kind: 'term', words: [word] }));
  return limited([...queries, ...terms], perClass);
}

/** Without a file: words and neighbours drawn from the corpus, frequent and rare ones alike, always the same. */
export function drawQueries(documents: readonly BenchDocument[], perClass: number): BenchQuery[] {
  const queries: BenchQuery[] = [];
  const step = Math.max(1, Math.floor(documents.length / perClass));
  for (let at = 0; queries.length < perClass * 4 && at < documents.length; at += step) {
    const words = documents[at]!.body.toLowerCase().match(/[a-z]+/g) ?? [];
    const from = Math.floor(words.length / 3);
    const pair = words.slice(from, from + 2);
    if (pair.length < 2) continue;
    const far = [words[0]!, words.at(-1)!];
    queries.push(
      { kind: 'term', words: [pair[0]!] },
      { kind: 'and', words: far },
      { kind: 'or', words: far },
      { kind: 'phrase', words: pair },
    );
  }
  return limited(queries, perClass);
}

const limited = (queries: readonly BenchQuery[], perClass: number): BenchQuery[] =>
  QUERY_CLASSES.flatMap((kind) => queries.filter((query) => query.kind === kind).slice(0, perClass));
