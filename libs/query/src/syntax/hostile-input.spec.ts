import fc from 'fast-check';
import { isQuarryError, systemClock } from '#libs/kernel';
import { parseSearchRequest } from './parse-search-request.ts';
import { parseQueryString } from './query-string/parse-query-string.ts';
import { parseQuery } from './queries/parse-query.ts';
import { parseAggregations } from './aggregations/parse-aggregations.ts';

const RUNS = 2000;
/** Generous for one small input on a busy machine; what it catches is time that grows with more than the input. */
const SLOW_MS = 3000;

/** Whatever comes in: a result, or `invalid` with a short message; and soon. Anything else is thrown. */
function isTame(parse: () => unknown): boolean {
  const started = systemClock.monotonic();
  try {
    parse();
  } catch (error) {
    if (!isQuarryError(error) || error.kind !== 'invalid' || error.message.length > 3000) throw error;
  }
  return systemClock.monotonic() - started < SLOW_MS;
}

const words = (
  'query q size from sort aggs highlight fields _source timeout searchAfter match term terms range bool must should ' +
  'filter query_string dis_max queries field boost value values gte lt order ranges interval calendar_interval title ' +
  'stats date_histogram histogram _count minimum_should_match slop __proto__ constructor'
).split(' ');
const key = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.string() });
const json = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 6 },
    fc.oneof(fc.constantFrom(...words, 'day', '75%', 'asc'), fc.jsonValue({ maxDepth: 1 }), fc.string()),
    fc.array(tie('any'), { maxLength: 3 }),
    // Through JSON, so that __proto__ is a key like any other, as it is in a request.
    fc
      .array(fc.tuple(key, tie('any')), { maxLength: 4 })
      .map((entries): unknown => JSON.parse(JSON.stringify(Object.fromEntries(entries)))),
  ),
}));
const fragments = [
  'AND',
  'OR',
  'NOT',
  '&&',
  '||',
  '!',
  '+',
  '-',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '"',
  '~',
  '^',
  '*',
  '?',
];
const queryText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...fragments, ':', '\\', '/', ' ', ' TO ', 'a', 'title:', '1', '2.5', '>=', '<', '\\u', '*:*'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

const megabyte = (piece: string, end = ''): string => piece.repeat(Math.ceil(1_000_000 / piece.length)) + end;

describe('hostile input', () => {
  it('random query strings give a query or an error, soon', () => {
    fc.assert(
      fc.property(queryText, fc.constantFrom('and' as const, 'or' as const), (text, defaultOperator) => {
        expect(isTame(() => parseQueryString(text, { fields: ['t'], defaultOperator, path: 'q' }))).toBe(true);
        expect(isTame(() => parseQueryString(text, { fields: [], defaultOperator, path: 'q' }))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('random JSON gives a request or an error, soon', () => {
    fc.assert(
      fc.property(json.any, (value) => {
        expect(isTame(() => parseSearchRequest(value))).toBe(true);
        expect(isTame(() => parseSearchRequest({ query: value }))).toBe(true);
        expect(isTame(() => parseQuery({ bool: { must: value } }, 'query'))).toBe(true);
        expect(isTame(() => parseAggregations(value, 'aggs'))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it.each<[string, () => unknown]>([
    ['a long unknown key', () => parseSearchRequest({ [megabyte('k')]: 1 })],
    ['a long query name', () => parseQuery({ [megabyte('Q')]: 1 }, 'query')],
    ['many keys', () => parseQuery(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i])), 'q')],
    ['a wide value', () => parseQuery({ match: { t: Array.from({ length: 300_000 }, (_, i) => i) } }, 'query')],
    [
      'a deep value',
      () => parseSearchRequest({ size: JSON.parse('['.repeat(500_000) + ']'.repeat(500_000)) as unknown }),
    ],
    ['a deep body', () => parseSearchRequest(JSON.parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)))],
    [
      'a deep sort',
      () => parseSearchRequest({ sort: JSON.parse('['.repeat(500_000) + ']'.repeat(500_000)) as unknown }),
    ],
    ['a long minimum', () => parseQuery({ match: { t: { query: 'a', minimum_should_match: megabyte('1<2 ') } } }, 'q')],
    [
      'a long time zone',
      () =>
        parseAggregations(
          { x: { date_histogram: { field: 'd', fixed_interval: '1d', time_zone: megabyte('A/') } } },
          'aggs',
        ),
    ],
    [
      'a long interval',
      () => parseAggregations({ x: { date_histogram: { field: 'd', fixed_interval: megabyte('1', 'd') } } }, 'aggs'),
    ],
    ['a long timeout', () => parseSearchRequest({ timeout: megabyte(' ', 'x') })],
    ['a long format', () => parseQuery({ range: { d: { gt: 1, format: megabyte('||') } } }, 'q')],
    ['a long boost', () => parseQuery({ multi_match: { query: 'a', fields: [`t^${megabyte('1')}`] } }, 'q')],
    ['many quotes', () => parseQueryString('"'.repeat(32_767), { fields: ['t'], defaultOperator: 'or', path: 'q' })],
    [
      'many backslashes',
      () => parseQueryString('\\'.repeat(32_767), { fields: ['t'], defaultOperator: 'or', path: 'q' }),
    ],
    [
      'many operators',
      () => parseQueryString('a OR -'.repeat(5000), { fields: ['t'], defaultOperator: 'or', path: 'q' }),
    ],
    ['many brackets', () => parseQueryString('['.repeat(32_767), { fields: ['t'], defaultOperator: 'or', path: 'q' })],
  ])('%s is refused soon', (_, parse) => {
    expect(parse).toThrow(expect.objectContaining({ kind: 'invalid' }) as Error);
    expect(isTame(parse)).toBe(true);
  });
});
