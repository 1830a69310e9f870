import type { Random } from '#libs/kernel';
import { drawInt, drawOne } from './draw.ts';

export interface FixedDocument {
  readonly _id: string;
  readonly n: number;
  readonly tag: string;
  readonly text: string;
}

export const FIXED_FIELDS = { n: { type: 'long' }, tag: { type: 'keyword' }, text: { type: 'text' } };

const WORDS = Array.from({ length: 400 }, (_, i) => `word${i.toString(36)}x`);
const TAGS = Array.from({ length: 12 }, (_, i) => `tag-${i}`);

/** Common and rare words and tags. */
const skewed = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random.next() ** 2 * values.length)]!;

export const drawFixedDocuments = (random: Random, count: number): FixedDocument[] =>
  Array.from({ length: count }, (_, n) => ({
    _id: `f${n}`,
    n,
    tag: skewed(random, TAGS),
    text: Array.from({ length: drawInt(random, 4, 20) }, () => skewed(random, WORDS)).join(' '),
  }));

/** A request whose right answer follows from the documents alone, by reading all of them. */
export interface FixedQuery {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly total: number;
  /** Every document that may be a hit. */
  readonly matching: ReadonlySet<string>;
  /** The hits in their order, where it does not depend on scores. */
  readonly ids?: readonly string[];
  readonly aggs?: Readonly<Record<string, unknown>>;
}

type Maker = (random: Random, documents: readonly FixedDocument[]) => FixedQuery;

const SIZE = 15;
const has = (document: FixedDocument, word: string): boolean => document.text.split(' ').includes(word);

const byTag: Maker = (random, documents) => {
  const tag = drawOne(random, TAGS);
  const found = documents.filter((document) => document.tag === tag);
  return sorted(`tag ${tag}, last first`, { term: { tag } }, found.toReversed(), 'desc');
};

const byRange: Maker = (random, documents) => {
  const gte = drawInt(random, 0, documents.length);
  const lt = drawInt(random, gte, documents.length + 1);
  const found = documents.filter(({ n }) => n >= gte && n < lt);
  return sorted(`n from ${gte} below ${lt}`, { range: { n: { gte, lt } } }, found, 'asc');
};

const byWordWithoutTag: Maker = (random, documents) => {
  const word = skewed(random, WORDS);
  const tag = drawOne(random, TAGS);
  const found = documents.filter((document) => has(document, word) && document.tag !== tag);
  const query = { bool: { must: [{ match: { text: word } }], must_not: [{ term: { tag } }] } };
  return sorted(`${word} without ${tag}`, query, found, 'asc');
};

const byScore: Maker = (random, documents) => {
  const words = [skewed(random, WORDS), skewed(random, WORDS)];
  const found = documents.filter((document) => words.some((word) => has(document, word)));
  // With global document frequencies scores do not depend on how many workers there are to share the segments.
  const body = { query: { match: { text: words.join(' ') } }, size: SIZE, searchType: 'dfs', trackTotalHits: true };
  return { name: `best for ${words.join(' ')}`, body, total: found.length, matching: idsOf(found) };
};

const byAggregation: Maker = (random, documents) => {
  const word = skewed(random, WORDS);
  const found = documents.filter((document) => has(document, word));
  const counts = new Map<string, number>();
  for (const { tag } of found) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const sum = found.reduce((total, { n }) => total + n, 0);
  return {
    name: `tags and n of ${word}`,
    body: {
      query: { match: { text: word } },
      size: 0,
      trackTotalHits: true,
      aggs: { tags: { terms: { field: 'tag', size: 100 } }, n: { stats: { field: 'n' } } },
    },
    total: found.length,
    matching: idsOf(found),
    aggs: { tags: sortedCounts(counts), count: found.length, sum },
  };
};

function sorted(name: string, query: unknown, found: readonly FixedDocument[], order: 'asc' | 'desc'): FixedQuery {
  const body = { query, sort: [{ n: order }], size: SIZE, trackTotalHits: true };
  const ids = found.slice(0, SIZE).map(({ _id }) => _id);
  return { name, body, total: found.length, matching: idsOf(found), ids };
}

/** By key, so that it can be compared as JSON. */
export const sortedCounts = (counts: Iterable<readonly [string, number]>): Record<string, number> =>
  Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));

const idsOf = (found: readonly FixedDocument[]): Set<string> => new Set(found.map(({ _id }) => _id));

const MAKERS = [byTag, byRange, byWordWithoutTag, byScore, byAggregation];

/** As many of each sort. */
export const drawFixedQueries = (random: Random, documents: readonly FixedDocument[], each: number): FixedQuery[] =>
  MAKERS.flatMap((make) => Array.from({ length: each }, () => make(random, documents)));
