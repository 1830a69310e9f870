import fc from 'fast-check';
import type { FieldSpec } from '#libs/segment';
import type { QueryNode, ScoreFunctionNode } from '#libs/query';
import {
  bool,
  disMax,
  exists,
  functionScore,
  ids,
  match,
  matchAll,
  phrase,
  prefix,
  range,
  term,
  terms,
} from './query-nodes.ts';
import { randomExpansion } from './random-expansions.ts';

export interface RandomDocument {
  readonly id: string;
  /** Values by field; multi-fields take those of their source. */
  readonly values: Readonly<Record<string, readonly (string | number | boolean)[]>>;
}

/** Fields of every type, and few different values: so that documents tie and queries match. */
export const RANDOM_FIELDS: Readonly<Record<string, FieldSpec>> = {
  title: { type: 'text' },
  body: { type: 'text' },
  'title.keyword': { type: 'keyword', source: 'title' },
  tag: { type: 'keyword' },
  size: { type: 'long' },
  price: { type: 'double' },
  open: { type: 'boolean' },
  when: { type: 'date' },
};

const word = fc.constantFrom('a', 'b', 'c', 'ab', 'bc', 'abcd', 'abdc', 'Abd', '\u{1f600}', '\uffff');
const text = (maxLength: number): fc.Arbitrary<string> => fc.array(word, { maxLength }).map((words) => words.join(' '));
const tag = fc.constantFrom('a', 'ab', 'abc', 'b', '', '\u{1f600}', '\uffff');
const size = fc.integer({ min: -3, max: 3 });
const price = fc.constantFrom(0.1, 0.2, 0.3, -1e10, 1e10, 1e-7, 2.5, 0);
const DAY_MS = 86_400_000;
const when = fc.integer({ min: 0, max: 40 }).map((days) => 1_711_000_000_000 + days * DAY_MS * 0.75);
const few = <T extends string | number | boolean>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: 4, arbitrary: value.map((one) => [one]) },
    { weight: 1, arbitrary: fc.array(value, { maxLength: 3 }) },
  );

const values = fc.record(
  {
    title: few(text(4)),
    body: few(text(12)),
    tag: few(tag),
    size: few(size),
    price: few(price),
    open: few(fc.boolean()),
    when: few(when),
  },
  { requiredKeys: [] },
);

const id = fc.oneof(fc.integer({ min: 0, max: 999 }).map(String), fc.constantFrom('\u{1f600}', '\uffff', 'é', 'z'));

export const randomDocuments = (maxLength: number): fc.Arbitrary<RandomDocument[]> =>
  fc.uniqueArray(fc.record({ id, values }), { selector: (document) => document.id, minLength: 1, maxLength });

const boost = fc.constantFrom(1, 1, 1, 2, 0.3, 0);
const textField = fc.constantFrom('title', 'body', 'nowhere');

const leaf: fc.Arbitrary<QueryNode> = fc.oneof(
  { weight: 5, arbitrary: randomExpansion },
  { weight: 4, arbitrary: fc.tuple(textField, word, boost).map(([field, value, by]) => term(field, value, by)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(textField, text(4), fc.constantFrom('or', 'and'), fc.constantFrom(undefined, 1, 2), boost)
      .map(([field, query, operator, minimum, by]) =>
        match(field, query, { operator, boost: by, ...(minimum && { minimumShouldMatch: minimum }) }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(textField, text(3), boost).map(([field, query, by]) => phrase(field, query, 0, by)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('tag', 'title.keyword'), tag, boost)
      .map(([field, value, by]) => term(field, value, by)),
  },
  { weight: 1, arbitrary: fc.tuple(size, boost).map(([value, by]) => term('size', value, by)) },
  { weight: 1, arbitrary: fc.tuple(fc.boolean(), boost).map(([value, by]) => term('open', value, by)) },
  { weight: 1, arbitrary: fc.constantFrom('2024-03-21', '2024-04-01').map((value) => term('when', value)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.array(tag, { maxLength: 3 }), boost).map(([list, by]) => terms('tag', list, by)),
  },
  { weight: 1, arbitrary: fc.array(size, { maxLength: 3 }).map((list) => terms('size', list)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('tag', 'body'), fc.constantFrom('a', 'b', ''))
      .map(([field, value]) => prefix(field, value)),
  },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(RANDOM_FIELDS), 'nowhere').map((field) => exists(field)) },
  { weight: 1, arbitrary: fc.array(id, { maxLength: 4 }).map((list) => ids(list)) },
  { weight: 1, arbitrary: fc.tuple(size, size).map(([gte, lt]) => range('size', { gte, lt })) },
  { weight: 1, arbitrary: price.map((gt) => range('price', { gt })) },
  { weight: 1, arbitrary: tag.map((lte) => range('tag', { lte })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('2024-03-25', '2024-04-01T12').map((lte) => range('when', { lte, gt: '2024-03-20' })),
  },
  { weight: 1, arbitrary: boost.map((by) => matchAll(by)) },
);

/** What has loops of its own: terms, all required or all optional, perhaps within filters. */
const bagOfTerms = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('title', 'body'), word, boost), { minLength: 1, maxLength: 4 }),
    fc.boolean(),
    fc.array(leaf, { maxLength: 1 }),
    fc.array(leaf, { maxLength: 1 }),
  )
  .map(([list, required, filter, mustNot]) => {
    const clauses = list.map(([field, value, by]) => term(field, value, by));
    return bool({ must: required ? clauses : [], should: required ? [] : clauses, filter, mustNot });
  });

/** Values that no document makes an error of. */
const functionValue: fc.Arbitrary<NonNullable<ScoreFunctionNode['value']>> = fc.oneof(
  fc.record({
    type: fc.constant('field_value_factor' as const),
    field: fc.constantFrom('size', 'nowhere'),
    factor: fc.constantFrom(0.5, 1),
    modifier: fc.constant('square' as const),
    missing: fc.constantFrom(0, 2),
  }),
  fc.record({
    type: fc.constant('field_value_factor' as const),
    field: fc.constantFrom('open', 'when'),
    factor: fc.constantFrom(1e-9, 1),
    modifier: fc.constantFrom('none' as const, 'log1p' as const, 'ln2p' as const, 'sqrt' as const),
    missing: fc.constant(1),
  }),
  fc.record({
    type: fc.constant('decay' as const),
    curve: fc.constantFrom('gauss' as const, 'exp' as const, 'linear' as const),
    field: fc.constantFrom('size', 'price'),
    origin: fc.constantFrom(0, 1.5),
    scale: fc.constantFrom(1, 2.5),
    offset: fc.constantFrom(0, 1),
    decay: fc.constantFrom(0.5, 0.2),
    multiValueMode: fc.constantFrom('min' as const, 'max' as const, 'avg' as const, 'sum' as const),
  }),
  fc.record({
    type: fc.constant('decay' as const),
    curve: fc.constantFrom('gauss' as const, 'exp' as const, 'linear' as const),
    field: fc.constant('when'),
    origin: fc.constant('2024-04-01'),
    scale: fc.constant('5d'),
    offset: fc.constantFrom(0, '12h'),
    decay: fc.constant(0.5),
    multiValueMode: fc.constant('min' as const),
  }),
  fc.record({
    type: fc.constant('random_score' as const),
    field: fc.constantFrom('_id', '_id', 'size'),
    seed: fc.constantFrom('1', 'x'),
  }),
);
const scoreFunction = (filter: fc.Arbitrary<QueryNode>): fc.Arbitrary<ScoreFunctionNode> =>
  fc.record(
    { path: fc.constant('query'), weight: fc.constantFrom(0, 1, 1, 3), filter, value: functionValue },
    { requiredKeys: ['path', 'weight'] },
  );
const scoreModes = fc.constantFrom(
  'multiply' as const,
  'sum' as const,
  'avg' as const,
  'first' as const,
  'max' as const,
  'min' as const,
);
const boostModes = fc.constantFrom(
  'multiply' as const,
  'replace' as const,
  'sum' as const,
  'avg' as const,
  'max' as const,
  'min' as const,
);

export const { query: randomQuery } = fc.letrec<{ query: QueryNode; clauses: QueryNode[] }>((tie) => ({
  clauses: fc.array(tie('query'), { maxLength: 3 }),
  query: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc
        .record({
          must: tie('clauses'),
          should: tie('clauses'),
          filter: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: tie('clauses') }),
          mustNot: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: tie('clauses') }),
          minimumShouldMatch: fc.constantFrom(undefined, undefined, 0, 1, 2),
          boost,
        })
        .map(({ minimumShouldMatch, ...parts }) =>
          bool({ ...parts, ...(minimumShouldMatch !== undefined && { minimumShouldMatch }) }),
        ),
    },
    { weight: 1, arbitrary: bagOfTerms },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('clauses'), fc.constantFrom(0, 0.3, 1), boost)
        .map(([queries, tieBreaker, by]) => disMax(queries, tieBreaker, by)),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({
          query: tie('query'),
          functions: fc.array(scoreFunction(tie('query')), { maxLength: 3 }),
          scoreMode: scoreModes,
          boostMode: boostModes,
          maxBoost: fc.constantFrom(undefined, undefined, 2),
          minScore: fc.constantFrom(undefined, undefined, 0.37),
          boost,
        })
        .map(({ query, maxBoost, minScore, ...parts }) =>
          functionScore(query, {
            ...parts,
            ...(maxBoost !== undefined && { maxBoost }),
            ...(minScore !== undefined && { minScore }),
          }),
        ),
    },
  ),
}));
