import { systemClock } from '#libs/kernel';
import { compileQuery } from '../compile/compile-query.ts';
import { buildSegment, fieldStatistics, testSchema } from '../testing/build-segments.ts';
import { bool, match, request } from '../testing/query-nodes.ts';
import { searchSegments } from './search-segments.ts';

const schema = testSchema({ body: { type: 'text' }, tag: { type: 'keyword' }, n: { type: 'long' } });

describe('searchSegments', () => {
  it('scores as Lucene does', async () => {
    const segment = await buildSegment(
      's',
      [
        { id: 'a', values: { body: ['x y'], n: [1] } },
        { id: 'b', values: { body: ['x x z z'], n: [2] } },
        { id: 'c', values: { body: ['z'], n: [3] } },
      ],
      schema,
    );
    const r = request(match('body', 'x y'));
    const partial = await searchSegments(
      [segment],
      r,
      compileQuery(r.query, schema, { now: 0 }),
      schema,
      fieldStatistics([segment]),
      {
        clock: systemClock,
      },
    );
    console.log(JSON.stringify(partial, null, 1));
    const r2 = request(
      bool({ must: [match('body', 'x')], filter: [{ type: 'range', field: 'n', gte: 2, boost: 1, path: '' }] }),
      { sort: [{ field: 'n', order: 'desc', missing: '_last' }] },
    );
    console.log(
      JSON.stringify(
        await searchSegments(
          [segment],
          r2,
          compileQuery(r2.query, schema, { now: 0 }),
          schema,
          fieldStatistics([segment]),
          { clock: systemClock },
        ),
        null,
        1,
      ),
    );
    expect(partial.failed).toEqual([]);
  });
});
