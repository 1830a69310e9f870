import fc from 'fast-check';
import { systemClock } from '#libs/kernel';
import { RANDOM_FIELDS, randomDocuments, randomQuery, request } from '#libs/testing';
import { compileSearch } from '../compile/compile-query.ts';
import type { SearchableSegment } from '../search.ts';
import { buildSegment, fieldStatistics, testSchema } from '../testing/build-segments.ts';
import { dfsStatistics, runSearch } from '../testing/run-search.ts';
import { docsOf } from './bits.ts';
import { dependsOnDocFreqs, matchSegment } from './match-segment.ts';

const schema = testSchema(RANDOM_FIELDS);

async function idsOf({ reader }: SearchableSegment, docs: Int32Array): Promise<string[]> {
  const wave = reader.wave();
  const documents = wave.documents([...docs]);
  await wave.flush();
  return documents.value.map(({ id }) => id);
}

describe('matchSegment', () => {
  it('MATCH-1: finds, segment by segment, what a search of all of them finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocuments(30),
        fc.array(randomQuery, { minLength: 1, maxLength: 6 }),
        fc.func(fc.nat(4)),
        fc.func(fc.nat(3)),
        async (documents, queries, isDeleted, segmentOf) => {
          const deleted = new Set(documents.map(({ id }) => id).filter((id) => isDeleted(id) === 0));
          const segments = await Promise.all(
            [...Map.groupBy(documents, ({ id }) => segmentOf(id))].map(([number, group]) =>
              buildSegment(`s${number}`, group, schema, deleted),
            ),
          );
          for (const query of queries) {
            const asked = request(query, { size: 100, trackTotalHits: true });
            const { hits, failed } = await runSearch(segments, asked, schema);
            expect(failed).toEqual([]);
            const compiled = compileSearch(asked, schema, { now: 0 });
            const statistics = dependsOnDocFreqs(compiled)
              ? await dfsStatistics(segments, asked, schema)
              : fieldStatistics(segments);
            const found: string[] = [];
            for (const segment of segments) {
              const bits = await matchSegment(segment, compiled, statistics, { clock: systemClock });
              found.push(...(await idsOf(segment, docsOf(bits))));
            }
            expect(found.toSorted()).toEqual(hits.map(({ id }) => id).toSorted());
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stops when it is cancelled', async () => {
    const segment = await buildSegment('s', [{ id: 'a', values: {} }], schema, new Set());
    const asked = request({ type: 'match_all', boost: 1, path: 'query' });
    const compiled = compileSearch(asked, schema, { now: 0 });
    const options = { clock: systemClock, signal: AbortSignal.abort() };
    await expect(matchSegment(segment, compiled, fieldStatistics([segment]), options)).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });
});
