import type { Clause } from '../compile/compiled-query.ts';
import { narrowClause, type SegmentBounds } from './narrow-clause.ts';

const bounds: SegmentBounds = {
  docCount: 10,
  fields: {
    n: { docCount: 10, min: 0, max: 100 },
    some: { docCount: 4, min: -5, max: 5 },
    tag: { docCount: 7 },
  },
};
const numbers = (field: string, ...ranges: [number, number][]): Clause => ({
  kind: 'numbers',
  field,
  boost: 2,
  ranges: ranges.map(([min, max]) => ({ min, max })),
});
const narrow = (clause: Clause): Clause => narrowClause(clause, bounds);
const NONE = { kind: 'none' };

it.each<[string, Clause, unknown]>([
  ['covers all documents', numbers('n', [0, 100]), { kind: 'all', boost: 2 }],
  ['covers more than there is', numbers('n', [-Infinity, Infinity]), { kind: 'all', boost: 2 }],
  ['covers all values, which some have', numbers('some', [-5, 7]), { kind: 'exists', field: 'some', boost: 2 }],
  ['lies outside', numbers('n', [101, Infinity]), NONE],
  ['touches the last value', numbers('n', [100, 200]), numbers('n', [100, 100])],
  [
    'begins before and ends after',
    numbers('n', [-9, 3], [50, 70], [90, 400], [500, 600]),
    numbers('n', [0, 3], [50, 70], [90, 100]),
  ],
  ['is of a field that nobody has', numbers('absent', [0, 1]), NONE],
  ['is of a field called like what every object has', { kind: 'exists', field: 'toString', boost: 1 }, NONE],
  ['is of a field without bounds', numbers('tag', [0, 1]), numbers('tag', [0, 1])],
])('a clause that %s', (_, clause, expected) => {
  expect(narrow(clause)).toEqual(expected);
});

it('finds out when a bool can match nothing, and keeps what is left in its places', () => {
  const never = numbers('n', [500, 600]);
  const tag: Clause = { kind: 'term', field: 'tag', term: 'x', boost: 1 };
  const empty = { kind: 'bool', must: [], filter: [], should: [], mustNot: [], minimumShouldMatch: 0 } as const;
  expect(narrow({ ...empty, must: [tag], filter: [never] })).toEqual(NONE);
  expect(narrow({ ...empty, should: [never, never], minimumShouldMatch: 1 })).toEqual(NONE);
  expect(narrow({ ...empty, must: [tag], mustNot: [numbers('n', [0, 100])] })).toEqual(NONE);
  expect(narrow({ ...empty, should: [never, tag], minimumShouldMatch: 1 })).toEqual({
    ...empty,
    should: [NONE, tag],
    minimumShouldMatch: 1,
  });
  expect(narrow({ kind: 'dis_max', clauses: [never, never], tieBreaker: 0 })).toEqual(NONE);
});
