import { mergeSearchPartials } from '../merge/search-partials.ts';
import { finishSearch } from '../present/finish-search.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { buildSegment, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { dfsStatistics, runSearch } from '../testing/run-search.ts';

const schema = testSchema({ body: { type: 'text' } });
const ofWords = (words: readonly string[], prefix: string): TestDocument[] =>
  words.map((word, at) => ({ id: `${prefix}${at}`, values: { body: [`see ${word}`] } }));

describe('words in filters of aggregations', () => {
  it.each([
    ['like another', { fuzzy: { body: { value: 'house', max_expansions: 1 } } }],
    ['of a begun phrase', { match_phrase_prefix: { body: { query: 'see hou', max_expansions: 1 } } }],
  ])('%s stand for the same in every task of a dfs search', async (_, filter) => {
    // The best expansion of the first segment is not the best of all.
    const parts = [ofWords(['hours', 'houzz'], 'a'), ofWords(['horse', 'houry', 'hound'], 'b')];
    const segments = await Promise.all(parts.map((part, at) => buildSegment(`s${at}`, part, schema)));
    const whole = await buildSegment('whole', parts.flat(), schema);
    const request = parseSearchRequest({ size: 0, aggs: { f: { filter }, fs: { filters: { filters: [filter] } } } });
    const aggs = (partial: Awaited<ReturnType<typeof runSearch>>): unknown =>
      finishSearch(partial, request, schema, { version: 1, tookMs: 0 }).aggs;
    const statistics = await dfsStatistics(segments, request, schema);
    const [first, second] = await Promise.all(
      segments.map((segment) => runSearch([segment], request, schema, statistics)),
    );
    const expected = { f: { doc_count: 1 }, fs: { buckets: [{ doc_count: 1 }] } };
    expect(aggs(await runSearch([whole], request, schema))).toEqual(expected);
    expect(aggs(mergeSearchPartials(first!, second!, request))).toEqual(expected);
  });
});
