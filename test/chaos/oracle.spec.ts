import { seededRandom } from '#libs/kernel';
import { wrongWithFixed } from './fixed-answers.ts';
import { drawFixedDocuments, drawFixedQueries, type FixedQuery } from './fixed-corpus.ts';
import { Ledger, wrongWithCounts } from './ledger.ts';

/** An oracle that never objects proves nothing: what would be wrong is called wrong. */
describe('what the chaos test calls wrong', () => {
  const queries = drawFixedQueries(seededRandom(1), drawFixedDocuments(seededRandom(2), 500), 3);
  const query = queries.find(({ ids }) => ids !== undefined && ids.length > 3)!;
  const right = (
    of: FixedQuery,
  ): { total: { value: number }; coverage: number; hits: { _id: string; _score: number }[] } => ({
    total: { value: of.total },
    coverage: 1,
    hits: of.ids!.map((_id) => ({ _id, _score: 1 })),
  });

  it('in an index that never changes', () => {
    const good = right(query);
    const healthy = new Map([[query, good.hits]]);
    expect(wrongWithFixed(query, good, healthy)).toBeUndefined();
    expect(wrongWithFixed(query, { ...good, total: { value: query.total - 1 } })).toContain('the total');
    expect(wrongWithFixed(query, { ...good, hits: good.hits.slice(1) })).toContain('the order');
    expect(wrongWithFixed(query, { ...good, hits: good.hits.toReversed() })).toContain('the order');
    const strange = { ...good, hits: [{ _id: 'f501', _score: 1 }] };
    expect(wrongWithFixed(query, strange)).toContain('does not match');
    expect(wrongWithFixed(query, { ...strange, coverage: 0.5 })).toContain('does not match');
    const scored = { ...good, hits: good.hits.map((hit) => ({ ...hit, _score: 2 })) };
    expect(wrongWithFixed(query, scored, healthy)).toContain('the ranking');
  });

  it('but not what a partial result lacks', () => {
    const part = { ...right(query), coverage: 0.5, total: { value: 1 }, hits: [] };
    expect(wrongWithFixed(query, part)).toBeUndefined();
    expect(wrongWithFixed(query, { ...part, total: { value: query.total + 1 } })).toContain('the total');
  });

  it('in an index that grows', () => {
    const ledger = new Ledger(10);
    const first = ledger.begin(3);
    const second = ledger.begin(2);
    const result = (counts: Record<string, number>, n: { count: number; sum: number }, coverage = 1): unknown => ({
      coverage,
      total: { value: n.count },
      aggs: { n, batches: { buckets: Object.entries(counts).map(([key, doc_count]) => ({ key, doc_count })) } },
    });
    const both = result({ b0: 3, b1: 2 }, { count: 5, sum: 10 });
    expect(wrongWithCounts(both, [first], [first, second])).toBeUndefined();
    expect(wrongWithCounts(result({ b0: 3 }, { count: 3, sum: 3 }), [first], [first, second])).toBeUndefined();
    expect(wrongWithCounts(result({ b1: 2 }, { count: 2, sum: 7 }), [first], [first, second])).toContain(
      'was done before',
    );
    expect(wrongWithCounts(result({ b0: 2 }, { count: 2, sum: 1 }), [], [first])).toContain('2 of its 3');
    expect(wrongWithCounts(result({ b0: 4 }, { count: 4, sum: 6 }), [], [first])).toContain('4 of its 3');
    expect(wrongWithCounts(both, [first], [first])).toContain('never sent');
    expect(wrongWithCounts(result({ b0: 3 }, { count: 4, sum: 3 }), [], [first])).toContain('the batches have 3');
    expect(wrongWithCounts(result({ b0: 2 }, { count: 2, sum: 1 }, 0.5), [first], [first])).toBeUndefined();
    expect(wrongWithCounts(result({ b0: 4 }, { count: 4, sum: 6 }, 0.5), [first], [first])).toContain('4 of its 3');
  });
});
