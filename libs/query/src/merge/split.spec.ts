import fc from 'fast-check';
import { matchAll, RANDOM_FIELDS, randomDocuments, randomRequest } from '#libs/testing';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import type { SearchPartial } from '../search-partial.ts';
import type { SearchableSegment } from '../search.ts';
import type { SearchRequest } from '../search-request.ts';
import { finishSearch } from '../present/finish-search.ts';
import { dfsStatistics, runSearch } from '../testing/run-search.ts';
import { emptySearchPartial, mergeSearchPartials } from './search-partials.ts';

const schema = testSchema(RANDOM_FIELDS);

/** Hits of top_hits say where they come from. */
const withoutSegments = (aggs: SearchPartial['aggs']): unknown =>
  JSON.parse(JSON.stringify(aggs, (name, value: unknown) => (name === 'segment' ? undefined : value)));

/** Everything but the segments' names, the times, and how far beyond its target an inexact count went. */
function shown(partial: SearchPartial, request: SearchRequest): unknown {
  const { hits, total, aggs, maxScore, suggest } = finishSearch(partial, request, schema, { version: 1, tookMs: 0 });
  const page = partial.hits.map(({ id, score, sort, source }) => ({ id, score, sort, source }));
  return {
    hits,
    page,
    aggs,
    maxScore,
    suggest,
    candidates: partial.suggest,
    parts: withoutSegments(partial.aggs),
    ...(request.trackTotalHits === true && { total }),
  };
}

describe('any split of documents into segments and tasks', () => {
  it('gives the same hits, order, scores and aggregations, to the last bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocuments(30),
        fc.array(randomRequest, { minLength: 1, maxLength: 6 }),
        fc.func(fc.nat(4)),
        fc.func(fc.nat(3)),
        fc.func(fc.nat(2)),
        fc.nat(1000),
        async (documents, requests, isDeleted, segmentOf, taskOf, order) => {
          const deleted = new Set(documents.map(({ id }) => id).filter((id) => isDeleted(id) === 0));
          const whole = [await buildSegment('whole', documents, schema, deleted)];
          const groups = Map.groupBy(documents, ({ id }) => segmentOf(id));
          const split = await Promise.all(
            [...groups].map(([number, group]) => buildSegment(`s${number}`, group, schema, deleted)),
          );
          const tasks = [...Map.groupBy(split, ({ id }) => taskOf(id)).values()];
          for (const request of requests) {
            const statistics = await dfsStatistics(split, request, schema);
            expect(statistics).toEqual(await dfsStatistics(whole, request, schema));
            const expected = shown(await runSearch(whole, request, schema, statistics), request);
            const partials = await Promise.all(
              tasks.map((segments: SearchableSegment[]) => runSearch(segments, request, schema, statistics)),
            );
            for (const { failed } of partials) expect(failed).toEqual([]);
            expect(shown(fold(partials, request, order), request)).toEqual(expected);
          }
        },
      ),
      { numRuns: 250 },
    );
  });

  it('PRUNE-3: and so it does when tasks know the k-th best of others that ended before them', async () => {
    let given = 0;
    await fc.assert(
      fc.asyncProperty(
        randomDocuments(30),
        fc.array(fc.tuple(randomRequest, fc.constantFrom(1, 2, 3), fc.boolean()), { minLength: 1, maxLength: 6 }),
        fc.func(fc.nat(3)),
        fc.nat(1000),
        async (documents, requests, taskOf, order) => {
          const groups = Map.groupBy(documents, ({ id }) => taskOf(id));
          const tasks = await Promise.all(
            [...groups].map(([number, group]) => buildSegment(`s${number}`, group, schema)),
          );
          for (const [asked, size, isBroad] of requests) {
            const request = { ...asked, from: 0, size, ...(isBroad && { query: matchAll() }) };
            const statistics = await dfsStatistics(tasks, request, schema);
            const alone = await Promise.all(tasks.map((task) => runSearch([task], request, schema, statistics)));
            const informed: SearchPartial[] = [];
            for (const task of rotated(tasks, order)) {
              const floors = informed.flatMap(({ floor }) => (floor === undefined ? [] : [floor]));
              const floor = floors.length === 0 ? undefined : Math.max(...floors);
              if (floor !== undefined) given++;
              informed.push(await runSearch([task], request, schema, statistics, floor));
            }
            expect(shown(fold(informed, request, order), request)).toEqual(shown(fold(alone, request, 0), request));
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(given).toBeGreaterThan(20);
  });
});

const rotated = <T>(list: readonly T[], by: number): T[] => list.map((_, at) => list[(at + by) % list.length]!);

/** Folds in some order and association, through JSON as between processes. */
function fold(partials: readonly SearchPartial[], request: SearchRequest, order: number): SearchPartial {
  const rest: SearchPartial[] = [...partials, emptySearchPartial(request)].map(
    (partial) => JSON.parse(JSON.stringify(partial)) as SearchPartial,
  );
  for (let step = order; rest.length > 1; step += 7) {
    const [a] = rest.splice(step % rest.length, 1);
    const at = (step * 3) % rest.length;
    rest[at] =
      step % 2 === 0 ? mergeSearchPartials(a!, rest[at]!, request) : mergeSearchPartials(rest[at]!, a!, request);
  }
  return rest[0]!;
}
