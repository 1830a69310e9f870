import fc from 'fast-check';
import { aggregate } from '../testing/aggregate.ts';
import { testSchema, type TestDocument } from '../testing/build-segments.ts';

const schema = testSchema({ tag: { type: 'keyword' }, n: { type: 'long' } });
const words = fc.stringMatching(/^[ab]{0,3}$/);
const documents = fc.array(fc.record({ tags: fc.array(words, { maxLength: 3 }), n: fc.integer({ min: -4, max: 4 }) }), {
  minLength: 1,
  maxLength: 25,
});
const asDocument = ({ tags, n }: { tags: string[]; n: number }, at: number): TestDocument => ({
  id: `d${at}`,
  values: { tag: [...new Set(tags)], n: [n] },
});

/** Keys and counts of a terms aggregation over `tag` or `n`. */
async function bucketsOf(given: readonly TestDocument[], terms: object): Promise<Map<string, number>> {
  const { t } = await aggregate(given, schema, { t: { terms: { size: 100, ...terms } } });
  return new Map(
    (t.buckets as { key: string | number; doc_count: number }[]).map(({ key, doc_count }) => [String(key), doc_count]),
  );
}

describe('what a terms aggregation lists', () => {
  it('is what regexps and lists let through', async () => {
    const pattern = fc.constantFrom('a.*', '.*b', 'a?b?', 'ab|ba', '(a|b){2}', '', 'a@', '~(ab)', 'c');
    const listed = fc.oneof(fc.uniqueArray(words, { minLength: 1, maxLength: 3 }), pattern);
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.option(listed, { nil: undefined }),
        fc.option(listed, { nil: undefined }),
        fc.boolean(),
        async (made, include, exclude, countsMissing) => {
          const given = made.map(asDocument);
          const missing = countsMissing ? 'ab' : undefined;
          const all = await bucketsOf(given, { field: 'tag', missing });
          const found = await bucketsOf(given, { field: 'tag', missing, include, exclude });
          expect(found).toEqual(
            new Map(
              [...all].filter(
                ([key]) =>
                  (include === undefined || isOf(include, key)) && (exclude === undefined || !isOf(exclude, key)),
              ),
            ),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is split by partitions, keywords and numbers alike', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('tag', 'n'),
        async (made, count, field) => {
          const given = made.map(asDocument);
          const parts = await Promise.all(
            Array.from({ length: count }, (_, partition) =>
              bucketsOf(given, { field, include: { partition, num_partitions: count } }),
            ),
          );
          const together = parts.flatMap((part) => [...part]);
          const all = await bucketsOf(given, { field });
          expect(together).toHaveLength(all.size);
          expect(new Map(together)).toEqual(all);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('lists what no document of the query has, where that is asked for', async () => {
    const given = ['aa', 'ab', 'b'].map((tag, at) => asDocument({ tags: [tag], n: at }, at));
    const { t } = await aggregate(
      given,
      schema,
      { t: { terms: { field: 'tag', include: 'a.', min_doc_count: 0 } } },
      { query: { term: { n: 1 } } },
    );
    expect(t.buckets).toEqual([
      { key: 'ab', doc_count: 1 },
      { key: 'aa', doc_count: 0 },
    ]);
  });

  it('has its meta beside it', async () => {
    const meta = { by: ['x', { y: 1 }] };
    const found = await aggregate([asDocument({ tags: ['a'], n: 1 }, 0)], schema, {
      t: { meta, terms: { field: 'tag' }, aggs: { m: { max: { field: 'n' }, meta: {} } } },
    });
    expect(found['t'].meta).toEqual(meta);
    expect(found['t'].buckets[0].m).toEqual({ meta: {}, value: 1 });
  });

  it.each<[object, string]>([
    [{ field: 'n', include: '1' }, 'field_type_mismatch'],
    [{ field: 'tag', include: '(((a{1,500}){1,500}){1,500})' }, 'too_complex_pattern'],
  ])('cannot be %j', async (terms, code) => {
    await expect(bucketsOf([asDocument({ tags: ['a'], n: 1 }, 0)], terms)).rejects.toMatchObject({ code });
  });
});

/** The few operators of the regexps above as those of JavaScript. */
function isOf(rule: string[] | string, key: string): boolean {
  if (Array.isArray(rule)) return rule.includes(key);
  if (rule === '~(ab)') return key !== 'ab';
  return new RegExp(`^(?:${rule.replace('@', '.*')})$`).test(key);
}
