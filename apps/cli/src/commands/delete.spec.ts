import { cli, FakeQuarry, FakeTerminal, job, written, type Answer } from '../cli-test-fixture.ts';

const ROUTE = 'POST /v1/indexes/books/delete-by-query';
const ended = (result: object): Answer => ({
  status: 202,
  json: job('01JOB', 'succeeded', {
    kind: 'delete-by-query',
    result: written({ indexed: 0, segments: 0, matched: 4, versionConflicts: 0, dryRun: false, ...result }),
  }),
});
const counted = (matched: number): Answer => ended({ matched, dryRun: true, version: 6 });

describe('quarry delete', () => {
  let server: FakeQuarry | undefined;
  const start = async (...answers: Answer[]): Promise<FakeQuarry> =>
    (server = await new FakeQuarry({ [ROUTE]: answers }).start());
  afterEach(() => server?.close());

  const asked = (answer: string | undefined) => {
    const terminal = new FakeTerminal({ QUARRY_URL: server?.url });
    const questions: string[] = [];
    terminal.ask = async (question) => {
      questions.push(question);
      return answer;
    };
    return { terminal, questions };
  };
  const bodies = (fake: FakeQuarry): unknown[] => fake.seen.map(({ body }) => JSON.parse(body) as unknown);
  const query = { query_string: { query: 'year:1990 draft' } };

  it('counts, asks, and deletes what it counted', async () => {
    const fake = await start(counted(4), ended({ deleted: 4, version: 7 }));
    const { terminal, questions } = asked('y');
    const { code, out } = await cli(['delete', 'books', 'year:1990', 'draft'], fake, terminal);
    expect({ code, out, questions }).toEqual({
      code: 0,
      out: '✓ books: 4 documents deleted (version 7)\n',
      questions: ['delete 4 documents from books? [y/N] '],
    });
    expect(bodies(fake)).toEqual([
      { query, dryRun: true },
      { query, minVersion: 6 },
    ]);
  });

  it.each(['', 'n', 'yesterday', undefined])('deletes nothing when the answer is %j', async (answer) => {
    const fake = await start(counted(4));
    const { code, out, err } = await cli(['delete', 'books', 'draft'], fake, asked(answer).terminal);
    expect({ code, out, seen: fake.seen.length }).toEqual({ code: 1, out: '', seen: 1 });
    expect(err).toContain('nothing was deleted');
  });

  it('does not ask with --yes, nor for a dry run', async () => {
    const fake = await start(ended({ deleted: 3, versionConflicts: 1, version: 7 }), counted(1));
    const deleted = await cli(['delete', 'books', '--all', '--yes', '--conflicts', 'proceed', '--max-docs', '4'], fake);
    expect(deleted).toMatchObject({
      code: 0,
      out: '! books: 3 documents deleted, 4 matched, 1 left, since others changed them (version 7)\n',
    });
    const dry = await cli(['delete', 'books', 'draft', '--dry-run', '--json'], fake);
    expect(JSON.parse(dry.out)).toMatchObject({ result: { matched: 1, dryRun: true } });
    expect(bodies(fake)).toEqual([
      { query: { match_all: {} }, conflicts: 'proceed', maxDocs: 4 },
      { query: { query_string: { query: 'draft' } }, dryRun: true },
    ]);
  });

  it('does nothing that was not said clearly', async () => {
    const fake = await start(ended({}));
    for (const args of [
      ['books'],
      ['books', 'draft'],
      ['books', '--yes'],
      ['books', 'draft', '--all', '--yes'],
      ['books', 'draft', '--detach'],
      ['books', 'draft', '--yes', '--max-docs', '0'],
      ['books', 'draft', '--yes', '--conflicts', 'ignore'],
    ]) {
      expect([args, (await cli(['delete', ...args], fake)).code]).toEqual([args, 2]);
    }
    expect(fake.seen).toEqual([]);
  });

  it('fails as the job did, or when not all could be looked at', async () => {
    const error = { code: 'version_conflict', title: 'Conflict', detail: '2 of the 4 documents were replaced' };
    const fake = await start(
      { status: 202, json: job('01JOB', 'failed', { error }) },
      ended({ deleted: 2, failed: 2, version: 7 }),
    );
    expect(await cli(['delete', 'books', 'draft', '--yes'], fake)).toMatchObject({
      code: 1,
      out: '✗ failed: 2 of the 4 documents were replaced (version_conflict)\n',
    });
    expect(await cli(['delete', 'books', 'draft', '--yes'], fake)).toMatchObject({
      code: 1,
      out: expect.stringContaining('2 could not be looked at'),
    });
  });
});
