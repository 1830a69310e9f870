import { cli, FakeQuarry, type Answer } from '../cli-test-fixture.ts';

const RESULT = { version: 3, segments: 4, leftOut: 1, failed: 0, gets: 9, bytes: 3 * 2 ** 20 };

describe('quarry warm', () => {
  let server: FakeQuarry | undefined;
  const start = async (routes: Record<string, Answer>): Promise<FakeQuarry> =>
    (server = await new FakeQuarry(routes).start());
  afterEach(() => server?.close());

  it('asks for a warm-up, waits for it and says what it read', async () => {
    const fake = await start({
      'POST /v1/indexes/wiki/warm': {
        status: 202,
        json: { id: '01JOB', kind: 'warm', state: 'succeeded', result: RESULT },
      },
    });
    const warmed = await cli(['warm', 'wiki', '--fields', 'title, date'], fake);
    expect(warmed).toMatchObject({
      code: 0,
      out: '4 segments, 3.0 MiB in 9 requests; 1 left out, since a cache was full\n',
    });
    expect(JSON.parse(fake.seen[0]!.body)).toEqual({ fields: ['title', 'date'] });
    expect(JSON.parse((await cli(['warm', 'wiki', '--json'], fake)).out)).toEqual(RESULT);
  });

  it('fails as the job did', async () => {
    const error = { code: 'object_not_found', title: 'Not Found', detail: 'the segment is gone' };
    const fake = await start({
      'POST /v1/indexes/wiki/warm': { status: 202, json: { id: '01JOB', kind: 'warm', state: 'failed', error } },
    });
    const failed = await cli(['warm', 'wiki'], fake);
    expect(failed.code).not.toBe(0);
    expect(failed.err).toMatch(/the segment is gone/);
  });
});
