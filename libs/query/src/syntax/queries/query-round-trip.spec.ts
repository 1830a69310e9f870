import fc from 'fast-check';
import {
  MODIFIERS,
  type FuzzyOptions,
  type MinimumShouldMatch,
  type QueryNode,
  type ScoreFunctionNode,
  type TextOptions,
} from '../../query-node.ts';
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
    case 'wildcard':
      return {
        [node.type]: { [node.field]: { value: node.value, boost, case_insensitive: node.caseInsensitive ?? false } },
      };
    case 'regexp': {
      const { value, operators, caseInsensitive, maxDeterminizedStates } = node;
      const flags = operators && (operators.length > 0 ? operators.join('|').toUpperCase() : 'NONE');
      const rest = { case_insensitive: caseInsensitive, max_determinized_states: maxDeterminizedStates };
      return { regexp: { [node.field]: { value, boost, flags, ...rest } } };
    }
    case 'fuzzy': {
      const { fuzzy_transpositions: transpositions, ...rest } = fuzziness(node.fuzzy);
      return { fuzzy: { [node.field]: { value: node.value, boost, transpositions, ...rest } } };
    }
    case 'terms':
      return { terms: { [node.field]: node.values, boost } };
    case 'match':
    case 'match_bool_prefix': {
      const { query, operator } = node;
      const options = { ...minimum(node), ...fuzziness(node.fuzzy), ...textOptions(node) };
      return { [node.type]: { [node.field]: { query, operator, boost, ...options } } };
    }
    case 'match_phrase_prefix': {
      const { query, slop, maxExpansions } = node;
      return {
        match_phrase_prefix: {
          [node.field]: { query, slop, boost, max_expansions: maxExpansions, ...textOptions(node) },
        },
      };
    }
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
          ...fuzziness(node.fuzzy),
          ...textOptions(node),
          ...(node.slop !== undefined && { slop: node.slop }),
        },
      };
    case 'match_phrase':
      return { match_phrase: { [node.field]: { query: node.query, slop: node.slop, boost, ...textOptions(node) } } };
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
    case 'function_score':
      return {
        function_score: {
          query: print(node.query),
          functions: node.functions.map(printFunction),
          score_mode: node.scoreMode,
          boost_mode: node.boostMode,
          max_boost: node.maxBoost,
          min_score: node.minScore,
          boost,
        },
      };
    default:
      return { dis_max: { queries: node.queries.map(print), tie_breaker: node.tieBreaker, boost } };
  }
}

function printFunction({ filter, weight, value }: ScoreFunctionNode): object {
  const common = { weight, ...(filter && { filter: print(filter) }) };
  if (value === undefined) return common;
  switch (value.type) {
    case 'decay': {
      const { origin, scale, offset, decay, multiValueMode } = value;
      const shape = { origin, scale, offset, decay };
      return { ...common, [value.curve]: { [value.field]: shape, multi_value_mode: multiValueMode } };
    }
    default: {
      const { type, ...options } = value;
      return { ...common, [type]: options };
    }
  }
}

const minimum = ({ minimumShouldMatch }: { minimumShouldMatch?: MinimumShouldMatch }): object =>
  minimumShouldMatch === undefined ? {} : { minimum_should_match: minimumShouldMatch };

const fuzziness = (fuzzy: FuzzyOptions | undefined): Record<string, unknown> =>
  fuzzy
    ? {
        fuzziness: fuzzy.fuzziness,
        prefix_length: fuzzy.prefixLength,
        max_expansions: fuzzy.maxExpansions,
        fuzzy_transpositions: fuzzy.transpositions,
      }
    : {};

const textOptions = ({ analyzer, zeroTerms, lenient }: TextOptions): object => ({
  analyzer,
  zero_terms_query: zeroTerms,
  lenient,
});

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
const fuzzy = fc.record<FuzzyOptions>({
  fuzziness: fc.constantFrom<FuzzyOptions['fuzziness'][]>(0, 1, 2, 'AUTO', 'AUTO:2,9'),
  prefixLength: fc.nat(3),
  maxExpansions: fc.constantFrom(1, 50, 1024),
  transpositions: fc.boolean(),
});
const yes = fc.constant(true as const);
const textParts = { analyzer: fc.constantFrom('simple', 'x y'), zeroTerms: fc.constant('all' as const), lenient: yes };
const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);

const leaf: fc.Arbitrary<QueryNode> = fc.oneof(
  fc.record({ ...base, type: fc.constantFrom('match_all' as const, 'match_none' as const) }),
  fc.record(
    { ...base, type: type('term'), field, value: scalar, caseInsensitive: yes },
    { requiredKeys: ['path', 'boost', 'type', 'field', 'value'] },
  ),
  fc.record(
    {
      ...base,
      type: fc.constantFrom('prefix' as const, 'wildcard' as const),
      field,
      value: fc.string({ maxLength: 20 }),
      caseInsensitive: yes,
    },
    { requiredKeys: ['path', 'boost', 'type', 'field', 'value'] },
  ),
  fc.record(
    {
      ...base,
      type: type('regexp'),
      field,
      value: fc.constantFrom('a.*', '', '(a|b)+', '<1-9>~x&@#'),
      operators: fc.constantFrom([], ['complement' as const], ['interval' as const, 'anystring' as const]),
      caseInsensitive: yes,
      maxDeterminizedStates: fc.constantFrom(1, 10_000),
    },
    { requiredKeys: ['path', 'boost', 'type', 'field', 'value'] },
  ),
  fc.record({ ...base, type: type('fuzzy'), field, value: scalar, fuzzy }),
  fc.record(
    {
      ...base,
      type: type('match_phrase_prefix'),
      field,
      query: scalar,
      slop: fc.nat(10),
      maxExpansions: fc.constantFrom(1, 50),
      ...textParts,
    },
    { requiredKeys: ['path', 'boost', 'type', 'field', 'query', 'slop', 'maxExpansions'] },
  ),
  fc.record({
    ...base,
    type: type('terms'),
    field: field.filter((name) => name !== 'boost'),
    values: fc.array(scalar),
  }),
  fc.record({ ...base, type: type('exists'), field }),
  fc.record({ ...base, type: type('ids'), values: fc.array(fc.string()) }),
  fc.record({ ...base, type: type('match_phrase'), field, query: scalar, slop: fc.nat(10) }),
  fc.record(
    {
      ...base,
      type: fc.constantFrom('match' as const, 'match_bool_prefix' as const),
      field,
      query: scalar,
      operator,
      minimumShouldMatch,
      fuzzy,
      ...textParts,
    },
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
      ...textParts,
    },
    { requiredKeys: ['path', 'boost', 'type', 'fields', 'query', 'mode', 'operator', 'tieBreaker'] },
  ),
  fc
    .tuple(fc.record({ ...base, type: type('range'), field }), lower, upper, fc.constantFrom('both', 'lower', 'upper'))
    .map(([node, from, to, ends]) => ({ ...node, ...(ends !== 'upper' && from), ...(ends !== 'lower' && to) })),
);
const plainField = fc.constantFrom('size', 'a.b', 'origin');
const positive = fc.double({ min: 0, max: 1e6, noNaN: true, minExcluded: true });
const functionValue = fc.oneof(
  fc.record(
    {
      type: type('field_value_factor'),
      field: plainField,
      factor: number,
      modifier: fc.constantFrom(...MODIFIERS),
      missing: number,
    },
    { requiredKeys: ['type', 'field', 'factor', 'modifier'] },
  ),
  fc.record(
    {
      type: type('decay'),
      curve: fc.constantFrom('gauss' as const, 'exp' as const, 'linear' as const),
      field: plainField,
      origin: scalar,
      scale: fc.oneof(positive, fc.constant('10d')),
      offset: fc.constantFrom(0, 3, '1d'),
      decay: fc.constantFrom(0.1, 0.5),
      multiValueMode: fc.constantFrom('min' as const, 'sum' as const),
    },
    { requiredKeys: ['type', 'curve', 'field', 'scale', 'offset', 'decay', 'multiValueMode'] },
  ),
  fc.record(
    { type: type('random_score'), field: fc.constantFrom('_id', 'size'), seed: fc.string() },
    { requiredKeys: ['type', 'field'] },
  ),
);
const scoreFunction = (filter: fc.Arbitrary<QueryNode>): fc.Arbitrary<ScoreFunctionNode> =>
  fc.record(
    { path: fc.constant(''), weight: fc.constantFrom(0, 1, 2.5), filter, value: functionValue },
    { requiredKeys: ['path', 'weight'] },
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
  const functionScore = fc.record(
    {
      ...base,
      type: type('function_score'),
      query: tie('any'),
      functions: fc.array(scoreFunction(tie('any')), { maxLength: 2 }),
      scoreMode: fc.constantFrom('multiply' as const, 'avg' as const, 'first' as const),
      boostMode: fc.constantFrom('multiply' as const, 'replace' as const, 'sum' as const),
      maxBoost: fc.constantFrom(0, 2.5),
      minScore: fc.constantFrom(0, 1),
    },
    { requiredKeys: ['path', 'boost', 'type', 'query', 'functions', 'scoreMode', 'boostMode'] },
  );
  return { any: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, bool, disMax, functionScore) };
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
