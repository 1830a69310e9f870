import fc from 'fast-check';
import type { MinimumShouldMatch, QueryNode } from '../../query-node.ts';
import { parseQuery } from './parse-query.ts';

/** A node in the DSL, in its long form. */
function print(node: QueryNode): object {
  const { boost } = node;
  switch (node.type) {
    case 'match_all':
    case 'match_none':
      return { [node.type]: { boost } };
    case 'term':
    case 'prefix':
      return { [node.type]: { [node.field]: { value: node.value, boost } } };
    case 'terms':
      return { terms: { [node.field]: node.values, boost } };
    case 'match':
      return {
        match: { [node.field]: { query: node.query, operator: node.operator, boost, ...minimum(node) } },
      };
    case 'multi_match':
      return {
        multi_match: {
          query: node.query,
          fields: node.fields.map((one) => `${one.field}^${one.boost}`),
          type: node.mode,
          operator: node.operator,
          tie_breaker: node.tieBreaker,
          boost,
          ...minimum(node),
          ...(node.slop !== undefined && { slop: node.slop }),
        },
      };
    case 'match_phrase':
      return { match_phrase: { [node.field]: { query: node.query, slop: node.slop, boost } } };
    case 'range': {
      const { gt, gte, lt, lte } = node;
      return { range: { [node.field]: { gt, gte, lt, lte, boost } } };
    }
    case 'exists':
      return { exists: { field: node.field, boost } };
    case 'ids':
      return { ids: { values: node.values, boost } };
    case 'bool':
      return {
        bool: {
          must: node.must.map(print),
          should: node.should.map(print),
          must_not: node.mustNot.map(print),
          filter: node.filter.map(print),
          boost,
          ...minimum(node),
        },
      };
    default:
      return { dis_max: { queries: node.queries.map(print), tie_breaker: node.tieBreaker, boost } };
  }
}

const minimum = ({ minimumShouldMatch }: { minimumShouldMatch?: MinimumShouldMatch }): object =>
  minimumShouldMatch === undefined ? {} : { minimum_should_match: minimumShouldMatch };

const base = { path: fc.constant(''), boost: fc.constantFrom(0, 0.5, 1, 3) };
const field = fc.oneof(
  fc.constantFrom('title', 'title.keyword', 'boost', 'query', 'constructor', 'a b', 'prix€'),
  fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
);
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n));
const scalar = fc.oneof(fc.string(), number, fc.boolean());
const operator = fc.constantFrom('and' as const, 'or' as const);
const minimumShouldMatch = fc.constantFrom<MinimumShouldMatch[]>(2, -1, '3', '75%', '-25%', '2<75%', '2<-25% 9<-3');
const fieldBoost = fc.record({
  field: fc.constantFrom('title', 'body*', 'a^b', '*'),
  boost: fc.constantFrom(1, 2.5, 0, 10),
});
const lower = fc.oneof(fc.record({ gt: scalar }), fc.record({ gte: scalar }));
const upper = fc.oneof(fc.record({ lt: scalar }), fc.record({ lte: scalar }));
const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);

const leaf: fc.Arbitrary<QueryNode> = fc.oneof(
  fc.record({ ...base, type: fc.constantFrom('match_all' as const, 'match_none' as const) }),
  fc.record({ ...base, type: type('term'), field, value: scalar }),
  fc.record({
    ...base,
    type: type('terms'),
    field: field.filter((name) => name !== 'boost'),
    values: fc.array(scalar),
  }),
  fc.record({ ...base, type: type('exists'), field }),
  fc.record({ ...base, type: type('prefix'), field, value: fc.string() }),
  fc.record({ ...base, type: type('ids'), values: fc.array(fc.string()) }),
  fc.record({ ...base, type: type('match_phrase'), field, query: scalar, slop: fc.nat(10) }),
  fc.record(
    { ...base, type: type('match'), field, query: scalar, operator, minimumShouldMatch },
    { requiredKeys: ['path', 'boost', 'type', 'field', 'query', 'operator'] },
  ),
  fc.record(
    {
      ...base,
      type: type('multi_match'),
      fields: fc.array(fieldBoost),
      query: scalar,
      mode: fc.constantFrom('best_fields' as const, 'most_fields' as const, 'cross_fields' as const),
      operator,
      tieBreaker: fc.constantFrom(0, 0.3, 1),
      minimumShouldMatch,
    },
    { requiredKeys: ['path', 'boost', 'type', 'fields', 'query', 'mode', 'operator', 'tieBreaker'] },
  ),
  fc
    .tuple(fc.record({ ...base, type: type('range'), field }), lower, upper, fc.constantFrom('both', 'lower', 'upper'))
    .map(([node, from, to, ends]) => ({ ...node, ...(ends !== 'upper' && from), ...(ends !== 'lower' && to) })),
);
const query = fc.letrec<{ any: QueryNode }>((tie) => {
  const clauses = fc.array(tie('any'), { maxLength: 3 });
  const bool = fc
    .record(
      {
        ...base,
        type: type('bool'),
        must: clauses,
        should: clauses,
        mustNot: clauses,
        filter: clauses,
        minimumShouldMatch,
      },
      { requiredKeys: ['path', 'boost', 'type', 'must', 'should', 'mustNot', 'filter'] },
    )
    // An empty one is read as match_all.
    .filter(({ must, should, mustNot, filter }) => must.length + should.length + mustNot.length + filter.length > 0);
  const disMax = fc.record({
    ...base,
    type: type('dis_max'),
    queries: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
    tieBreaker: fc.constantFrom(0, 0.5, 1),
  });
  return { any: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, bool, disMax) };
});

const withoutPaths = (node: QueryNode): unknown =>
  JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'path' ? undefined : value)));

it('reads back every query printed as DSL', () => {
  fc.assert(
    fc.property(query.any, (node) => {
      const body = JSON.parse(JSON.stringify({ query: print(node) })) as { query: unknown };
      expect(withoutPaths(parseQuery(body.query, 'query'))).toEqual(withoutPaths(node));
    }),
    { numRuns: 500 },
  );
});
