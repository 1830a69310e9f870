import fc from 'fast-check';
import { disMax, functionScore, match, randomDocuments, randomQuery, RANDOM_FIELDS, request } from '#libs/testing';
import type { QueryNode } from '../query-node.ts';
import type { Explanation } from '../search-partial.ts';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';

const schema = testSchema(RANDOM_FIELDS);

/** What the details of an explanation come to, by its description; undefined: it has none that say so. */
function toldBy({ description, details }: Explanation): number | undefined {
  const values = details.map(({ value }) => value);
  const sum = values.reduce((a, b) => a + b, 0);
  const product = values.reduce((a, b) => a * b, 1);
  if (description.includes('idf * tf')) return product;
  const others = /max plus ([\d.]+) times others of:$/.exec(description);
  if (others) return Math.max(...values) + (sum - Math.max(...values)) * Number(others[1]);
  if (/(product of|\[multiply\])/.test(description)) return product;
  if (/(sum of:|\[sum\])$/.test(description)) return sum;
  if (/(max of:|\[max\])$/.test(description)) return Math.max(...values);
  if (/(min of:|\[min\])$/.test(description)) return Math.min(...values);
  if (/(result of:|\[first\])$/.test(description)) return values[0];
  if (description.endsWith('only the functions of:')) return values[1];
  if (description === 'function score, avg of:') return sum / 2;
  return undefined;
}

function expectToAddUp(explanation: Explanation): void {
  const told = toldBy(explanation);
  if (told !== undefined) {
    const close = Math.abs(told - explanation.value) <= 1e-9 * Math.max(1, Math.abs(told));
    expect([explanation.description, close ? explanation.value : told]).toEqual([
      explanation.description,
      explanation.value,
    ]);
  }
  for (const detail of explanation.details) expectToAddUp(detail);
}

describe('explain', () => {
  it('gives the score, to the last bit, and details that add up, for random queries', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocuments(20),
        fc.array(randomQuery, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(2, 100),
        async (documents, queries, size) => {
          const segment = await buildSegment('s', documents, schema);
          for (const query of queries) {
            const options = { size, trackTotalHits: false };
            const plain = await runSearch([segment], request(query, options), schema);
            const explained = await runSearch([segment], request(query, { ...options, explain: true }), schema);
            expect(explained.hits).toMatchObject(plain.hits);
            for (const { score, explanation } of explained.hits) {
              expect(explanation!.value).toBe(score);
              expectToAddUp(explanation!);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  const documents = [
    { id: 'a', values: { title: ['b'], body: ['a b a'], tag: ['x'], size: [2] } },
    { id: 'b', values: { title: ['c'], body: ['b'], tag: ['y'], size: [3] } },
  ];
  const explain = async (query: QueryNode): Promise<Explanation> => {
    const segment = await buildSegment('s', documents, schema);
    return (await runSearch([segment], request(query, { explain: true }), schema)).hits[0]!.explanation!;
  };
  const outline = ({ description, details }: Explanation): unknown =>
    details.length === 0 ? description : { [description]: details.map(outline) };

  it('says what Lucene says of a word', async () => {
    expect(outline(await explain(match('body', 'a', { boost: 2 })))).toEqual({
      'weight(body:a) [BM25], result of:': [
        {
          'score(freq=2), computed as boost * idf * tf from:': [
            'boost',
            {
              'idf(a), computed as log(1 + (N - n + 0.5) / (n + 0.5)) from:': [
                'n, number of documents containing term',
                'N, total number of documents with field',
              ],
            },
            {
              'tf, computed as freq / (freq + k1 * (1 - b + b * dl / avgdl)) from:': [
                'freq, occurrences of term within document',
                'k1, term saturation parameter',
                'b, length normalization parameter',
                'dl, length of field (approximate)',
                'avgdl, average length of field',
              ],
            },
          ],
        },
      ],
    });
  });

  it('says which field was best, and what functions did', async () => {
    const query = functionScore(disMax([match('title', 'b'), match('body', 'b')], 0.3), {
      functions: [
        { path: 'q', weight: 3, filter: { type: 'exists', field: 'size', boost: 1, path: 'q' } },
        {
          path: 'q',
          weight: 1,
          value: { type: 'field_value_factor', field: 'size', factor: 1, modifier: 'sqrt', missing: 1 },
        },
      ],
      scoreMode: 'sum',
      maxBoost: 4,
    });
    const found = await explain(query);
    expect(found.description).toBe('function score, product of:');
    expect(found.details[0]!.description).toBe('max plus 0.3 times others of:');
    expect(found.details[0]!.details.map(({ description }) => description)).toEqual([
      'weight(title:b) [BM25], result of:',
      'weight(body:b) [BM25], result of:',
    ]);
    expect(outline(found.details[1]!)).toEqual({
      'min of:': [
        {
          'function score, score mode [sum]': [
            {
              'function score, product of:': [
                'match filter: size:*',
                'constant score 1.0 - no function provided',
                'weight',
              ],
            },
            {
              'function score, product of:': [
                'match filter: *:*',
                'field value function: sqrt(size (1 if there is none) * factor=1)',
                'weight',
              ],
            },
          ],
        },
        'maxBoost',
      ],
    });
  });
});
