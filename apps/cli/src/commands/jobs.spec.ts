import { cli, FakeQuarry, job, written, type Answer } from '../cli-test-fixture.ts';

describe('quarry jobs', () => {
  let server: FakeQuarry | undefined;
  const start = async (routes: Record<string, Answer | Answer[]>): Promise<FakeQuarry> =>
    (server = await new FakeQuarry(routes).start());
  afterEach(() => server?.close());

  it('lists, filtered', async () => {
    const ended = job('J1', 'succeeded', { finishedAt: '2026-01-01T00:01:23.000Z' });
    const fake = await start({ 'GET /v1/jobs': { json: { jobs: [job('J2', 'running'), ended] } } });
    const { code, out } = await cli(
      ['jobs', '--state', 'running', '--kind', 'import', '--index', 'books', '--limit', '5'],
      fake,
    );
    expect(code).toBe(0);
    expect(fake.seen[0]!.path).toBe('/v1/jobs?state=running&kind=import&index=books&limit=5');
    expect(out).toMatch(/J2 +import +books +running +\S+ \S+ ago +25%/);
    expect(out).toMatch(/J1 +import +books +succeeded .*1m 23s/);
  });

  it('shows one; 1 when it failed', async () => {
    const fake = await start({
      'GET /v1/jobs/J1': { json: job('J1', 'succeeded', { result: written() }) },
      'GET /v1/jobs/J2': { json: job('J2', 'failed', { error: { code: 'disk_full', title: '', detail: 'no room' } }) },
    });
    expect(await cli(['jobs', 'J1'], fake)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/state +succeeded[^]*3 documents indexed/),
    });
    expect(await cli(['jobs', 'J2'], fake)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/error +no room \(disk_full\)/),
    });
    expect(JSON.parse((await cli(['jobs', 'J2', '--json'], fake)).out)).toMatchObject({ id: 'J2' });
  });

  it('says when there was nothing to cancel or to run again', async () => {
    const ended = { json: job('J1', 'succeeded', { result: written() }) };
    const fake = await start({
      'DELETE /v1/jobs/J1': ended,
      'POST /v1/jobs/J1/retry': ended,
      'DELETE /v1/jobs/J2': { json: job('J2', 'cancelled') },
    });
    expect((await cli(['jobs', '--cancel', 'J1'], fake)).err).toBe(
      'it had ended before (succeeded): nothing to cancel\n',
    );
    expect((await cli(['jobs', 'J1', '--retry'], fake)).err).toBe('it had succeeded: nothing to run again\n');
    expect((await cli(['jobs', '--cancel', 'J2'], fake)).err).toBe('');
  });

  it('follows one to its end', async () => {
    const fake = await start({
      'GET /v1/jobs/J1': [
        { json: job('J1', 'queued') },
        { json: job('J1', 'running') },
        { json: job('J1', 'cancelled') },
      ],
    });
    const { code, out, err } = await cli(['jobs', 'J1', '--follow'], fake);
    expect([code, err]).toEqual([1, expect.stringContaining('queued: 25%')]);
    expect(out).toMatch(/state +cancelled/);
    expect(fake.seen.at(-1)!.path).toMatch(/^\/v1\/jobs\/J1\?wait=\d+ms$/);
  });

  it('cancels and retries, the id before or after', async () => {
    const fake = await start({
      'DELETE /v1/jobs/J1': { json: job('J1', 'cancelled') },
      'POST /v1/jobs/J1/retry': { status: 202, json: job('J1', 'running') },
    });
    expect((await cli(['jobs', '--cancel', 'J1'], fake)).out).toMatch(/state +cancelled/);
    expect((await cli(['jobs', 'J1', '--cancel'], fake)).code).toBe(0);
    expect((await cli(['jobs', 'J1', '--retry'], fake)).out).toMatch(/state +running/);
    expect((await cli(['jobs', 'J1', '--retry', '--cancel'], fake)).code).toBe(2);
    expect(fake.seen.map(({ method }) => method)).toEqual(['DELETE', 'DELETE', 'POST']);
  });
});
