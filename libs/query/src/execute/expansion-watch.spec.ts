import { systemClock, type Clock } from '#libs/kernel';
import { bool, prefix, RANDOM_FIELDS, request, type RandomDocument } from '#libs/testing';
import { compileQuery } from '../compile/compile-query.ts';
import type { SearchableSegment } from '../search.ts';
import { buildSegment, fieldStatistics, testSchema } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import { MAX_EXPANDED_TOGETHER } from './expansion-watch.ts';
import { searchSegments } from './search-segments.ts';

const schema = testSchema(RANDOM_FIELDS);
const TERMS = 800;
const documents: RandomDocument[] = Array.from({ length: TERMS }, (_, n) => ({
  id: String(n),
  values: { body: [`w${n}`] },
}));
const prefixes = (count: number) => bool({ should: Array.from({ length: count }, () => prefix('body', 'w')) });

describe('what a query takes of the dictionaries', () => {
  let segment: SearchableSegment;
  beforeAll(async () => {
    segment = await buildSegment('s', documents, schema);
  });

  it('is bounded over all of its clauses', async () => {
    const most = Math.floor(MAX_EXPANDED_TOGETHER / TERMS);
    expect((await runSearch([segment], request(prefixes(20)), schema)).total.value).toBe(TERMS);
    await expect(runSearch([segment], request(prefixes(most + 1)), schema)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'too_many_terms',
    });
  });

  it('ends with the time allowed, in the midst of it', async () => {
    let looks = 0;
    // An hour passes with the hundredth look at it.
    const clock: Clock = { ...systemClock, monotonic: () => (++looks > 100 ? 3_600_000 : 0) };
    const query = request(prefixes(100));
    const compiled = compileQuery(query.query, schema, { now: 0 });
    const options = { clock, deadline: 60_000 };
    const partial = await searchSegments([segment], query, compiled, schema, fieldStatistics([segment]), options);
    expect(partial).toMatchObject({ succeeded: 0, failed: [{ error: { kind: 'timeout' } }] });
  });
});
