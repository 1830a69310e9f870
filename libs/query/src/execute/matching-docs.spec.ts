import { bool, RANDOM_FIELDS, request, term, type RandomDocument } from '#libs/testing';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';

const schema = testSchema(RANDOM_FIELDS);
const WORDS = 40;

/** Document n has the words 0 … n. */
const documents: RandomDocument[] = Array.from({ length: WORDS }, (_, n) => ({
  id: String(n),
  values: { body: [Array.from({ length: n + 1 }, (_unused, word) => `w${word}`).join(' ')] },
}));
const should = Array.from({ length: WORDS }, (_, word) => term('body', `w${word}`));

describe('matchingDocs', () => {
  it.each([1, 2, 4, 5, 6, 39, 40, 41])('finds what is in at least %i of many sets', async (minimumShouldMatch) => {
    const segment = await buildSegment('s', documents, schema, new Set(['39']));
    // A filter is a set; a should clause would be scored.
    const filter = [bool({ should, minimumShouldMatch })];
    const { total, failed } = await runSearch([segment], request(bool({ filter })), schema);
    expect(failed).toEqual([]);
    expect(total).toEqual({ value: Math.max(0, WORDS - minimumShouldMatch), relation: 'eq' });
  });
});
