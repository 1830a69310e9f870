import { cli, FakeQuarry, FakeTerminal, job, problem, type Answer } from '../cli-test-fixture.ts';
import { MARK_END, MARK_START } from '../render/hits-table.ts';
import { searchBody } from './search.ts';

const result = {
  took: 3,
  version: 4,
  total: { value: 1234, relation: 'eq' },
  hits: [
    {
      _id: 'moby',
      _score: 7.256,
      _source: { year: 1851, title: 'Moby Dick', text: 'Call me Ishmael.' },
      highlight: { text: [`Call me ${MARK_START}Ishmael${MARK_END}.`] },
    },
  ],
  coverage: 1,
};

const version = (n: number): Answer => ({ json: { index: 'books', version: n } });

describe('quarry search', () => {
  let server: FakeQuarry | undefined;
  const start = async (routes: Record<string, Answer | Answer[]>): Promise<FakeQuarry> =>
    (server = await new FakeQuarry(routes).start());
  afterEach(() => server?.close());

  it('prints a table with what matched', async () => {
    const fake = await start({ 'POST /v1/indexes/books/search': { json: result } });
    const { code, out } = await cli(['search', 'books', 'ishmael'], fake);
    expect(code).toBe(0);
    expect(out).toBe(
      '1,234 hits · the first of them · 3 ms · version 4\n\nscore  id    title      text\n7.26   moby  Moby Dick  Call me Ishmael.\n',
    );
  });

  it('takes words without quotes', async () => {
    const fake = await start({ 'POST /v1/indexes/books/search': { json: result } });
    await cli(['search', 'books', 'call', 'me', '--size', '3', 'ishmael'], fake);
    expect(JSON.parse(fake.seen[0]!.body)).toMatchObject({
      query: { query_string: { query: 'call me ishmael' } },
      size: 3,
    });
  });

  it('prints the answer as it is with --json', async () => {
    const fake = await start({ 'POST /v1/indexes/books/search': { json: result } });
    expect(JSON.parse((await cli(['search', 'books', 'ishmael', '--json'], fake)).out)).toEqual(result);
    expect(JSON.parse(fake.seen[0]!.body).highlight).toEqual({ fields: { '*': {} } });
  });

  it('shows the fields asked for', async () => {
    const fake = await start({ 'POST /v1/indexes/books/search': { json: result } });
    const { out } = await cli(['search', 'books', 'ishmael', '--fields', 'year, text,none'], fake);
    expect(out).toContain('score  id    year  text              none\n7.26   moby  1851  Call me Ishmael.\n');
  });

  it('waits for a search that takes longer', async () => {
    const running = job('S1', 'running', { kind: 'search' });
    const fake = await start({
      'POST /v1/indexes/books/search': { status: 202, json: running },
      'GET /v1/jobs/S1': [
        { json: running },
        {
          json: job('S1', 'succeeded', {
            result: { ...result, coverage: 0.5, shards: { total: 2, successful: 1, failed: 1 } },
          }),
        },
      ],
    });
    expect((await cli(['search', 'books', 'ishmael'], fake)).out).toContain('covers 50%, 1 of 2 shards failed');
  });

  it('fails as the search fails', async () => {
    const fake = await start({
      'POST /v1/indexes/nope/search': problem(404, 'index_not_found', 'there is no index "nope"'),
    });
    expect(await cli(['search', 'nope', 'x'], fake)).toMatchObject({
      code: 1,
      err: 'error: there is no index "nope" (index_not_found)\n',
    });
  });

  it('stops the search at Ctrl-C: nobody waits for it', async () => {
    const fake = await start({
      'POST /v1/indexes/books/search': { status: 202, json: job('S1', 'running') },
      'GET /v1/jobs/S1': { json: job('S1', 'running') },
      'DELETE /v1/jobs/S1': { json: job('S1', 'cancelled') },
    });
    const terminal = new FakeTerminal({ QUARRY_URL: fake.url });
    const ended = cli(['search', 'books', 'x'], fake, terminal);
    while (!fake.seen.some(({ path }) => path.startsWith('/v1/jobs/S1'))) await terminal.clock.sleep(5);
    terminal.signal();
    expect(await ended).toMatchObject({ code: 1, err: 'error: the search was stopped (cancelled)\n' });
    expect(fake.seen.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/jobs/S1' });
  });

  it('searches again when the index changes, with --watch', async () => {
    const fake = await start({
      'GET /v1/indexes/books': [version(1), version(1), version(2)],
      'POST /v1/indexes/books/search': [{ json: { ...result, version: 1 } }, { json: { ...result, version: 2 } }],
    });
    const impatient = new FakeTerminal({ QUARRY_URL: fake.url });
    const clock = { ...impatient.clock, sleep: () => impatient.clock.sleep(1) };
    const terminal = new FakeTerminal(impatient.environment, clock);
    terminal.onWrite = (text) => text.includes('version 2') && terminal.signal();
    const { code, out } = await cli(['search', 'books', 'x', '--watch'], fake, terminal);
    expect(code).toBe(0);
    expect(out.match(/version \d/g)).toEqual(['version 1', 'version 2']);
  });

  it('makes the body of what was typed', () => {
    expect(searchBody(' ', { size: 5 })).toMatchObject({ query: { match_all: {} }, size: 5 });
    expect(searchBody('a AND b', { size: 5, sort: 'date:desc, title' })).toMatchObject({
      query: { query_string: { query: 'a AND b' } },
      sort: [{ date: { order: 'desc' } }, 'title'],
    });
  });
});
