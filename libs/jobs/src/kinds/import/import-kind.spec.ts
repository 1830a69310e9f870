import type { ErrorKind } from '#libs/kernel';
import type { JobContext } from '../../job-kind.ts';
import type { ImportPartial } from './import-partial.ts';
import { importFixture } from './import-fixture.ts';
import { ImportKind } from './import-kind.ts';
import type { ImportParts } from './import-task.ts';

it.each<[ErrorKind, string]>([
  ['invalid', 'bad_json'],
  ['unavailable', 'disk_full'],
  ['unavailable', 'store_unavailable'],
  ['internal', 'internal'],
])('an import whose tasks all failed fails as they did: %s %s', async (kind, code) => {
  // Refused before any part is asked.
  const importKind = new ImportKind({} as ImportParts);
  const part = {
    file: 0,
    url: 's3://b/a.ndjson',
    from: 0,
    to: 1,
    size: 1,
    format: 'ndjson',
    compression: 'none',
  } as const;
  const partial = importKind.failed({ parts: [part] }, { plannedAt: 1 }, { kind, code, message: 'why' });
  const spec = importKind.spec.parse({ sources: [part.url] });
  const finished = importKind.finish(partial, { plannedAt: 1 }, spec, {} as JobContext);
  await expect(finished).rejects.toMatchObject({ kind, code, message: 'why' });
});

describe('an import that is tried again', () => {
  const LOGS = { tenant: 'acme', index: 'logs' };
  const files = { 'a.ndjson': '{"_id":"a","n":1}\n', 'b.ndjson': '{"_id":"b","n":2}\n{"_id":"c","n":3}\n' };

  /** Tasks 0 and 1 of files a and b, each run in the given attempt of the job. */
  async function imported(attempts: readonly [number, number]) {
    const fixture = await importFixture(files);
    const { kind, spec, shared, tasks, context } = await fixture.planned();
    const partials: ImportPartial[] = [];
    for (const [at, jobAttempt] of attempts.entries()) {
      const run = { ...context(jobAttempt), task: at, attempt: 1, progress: () => {} };
      partials.push(await kind.run({ parts: [tasks[0]!.parts[at]!] }, shared, spec, run));
    }
    const finish = (upTo: number, of = partials) =>
      kind.finish(
        of.reduce((a, b) => kind.merge(a, b)),
        shared,
        spec,
        context(upTo),
      );
    const live = async (): Promise<number> =>
      (await fixture.catalog.snapshot(LOGS, { consistency: 'strong' })).segments.reduce(
        (sum, segment) => sum + segment.docCount,
        0,
      );
    return { ...fixture, partials, finish, live };
  }

  it('JOB-4: commits what an earlier attempt made and never committed', async () => {
    const { finish, live } = await imported([1, 2]);
    const { result } = await finish(2);
    expect(result).toMatchObject({ indexed: 3, updated: 0, deleted: 0, segments: 2, version: 4 });
    expect(await live()).toBe(3);
    expect((await finish(2)).result).toEqual(result);
    expect(await live()).toBe(3);
  });

  it('commits what the only attempt made when the retry had nothing to run', async () => {
    const { finish, live } = await imported([1, 1]);
    expect((await finish(3)).result).toMatchObject({ indexed: 3, segments: 2 });
    expect(await live()).toBe(3);
  });

  it('JOB-4: adds to what an earlier attempt committed, once', async () => {
    const { finish, partials, live } = await imported([1, 2]);
    const first = await finish(1, [partials[0]!]);
    expect(first.result).toMatchObject({ indexed: 1, segments: 1 });
    const second = await finish(2);
    expect(second.result).toMatchObject({ indexed: 3, updated: 0, segments: 2, version: first.result.version + 1 });
    expect(await live()).toBe(3);
  });

  it('answers a version when no attempt made a segment', async () => {
    const { finish, kind, catalog } = await imported([1, 1]);
    const { result } = await finish(2, [kind.empty()]);
    expect(result).toMatchObject({ indexed: 0, segments: 0 });
    expect((await catalog.snapshot(LOGS, { consistency: 'strong' })).version).toBe(result.version);
  });
});
