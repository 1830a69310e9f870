import { resolveMinimumShouldMatch } from './minimum-should-match.ts';

describe('resolveMinimumShouldMatch', () => {
  // The examples of Elasticsearch's documentation.
  it.each([
    [3, 5, 3],
    ['-2', 5, 3],
    ['75%', 4, 3],
    ['75%', 5, 3],
    ['-25%', 4, 3],
    ['-25%', 5, 4],
    ['3<90%', 3, 3],
    ['3<90%', 10, 9],
    ['2<-25% 9<-3', 2, 2],
    ['2<-25% 9<-3', 8, 6],
    ['2<-25% 9<-3', 12, 9],
    ['2 < 75%', 4, 3],
    ['-9', 4, 0],
    [9, 4, 9],
  ])('%s of %i is %i', (spec, count, expected) => {
    expect(resolveMinimumShouldMatch(spec, count, 'query')).toBe(expected);
  });

  it.each(['', 'x', '2<', '50%%', '1.5'])('%j is refused', (spec) => {
    expect(() => resolveMinimumShouldMatch(spec, 4, 'query')).toThrow('minimum_should_match');
  });
});
