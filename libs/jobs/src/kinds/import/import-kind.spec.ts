import type { ErrorKind } from '#libs/kernel';
import type { OpenedSegment } from '#libs/index';
import type { StoredDocument } from '#libs/segment';
import type { JobContext } from '../../job-kind.ts';
import type { ImportPartial } from './import-partial.ts';
import { importFixture } from './import-fixture.ts';
import { ImportKind } from './import-kind.ts';
import { MAX_LISTED_ERRORS } from '../write-result.ts';
import type { ImportParts } from './import-parts.ts';

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

it('lists no more errors of a failed task than a result does, and counts them all', () => {
  const importKind = new ImportKind({} as ImportParts);
  const parts = Array.from({ length: MAX_LISTED_ERRORS + 50 }, (_, file) => ({
    file,
    url: `s3://b/${file}.json`,
    from: 0,
    to: 1,
    size: 1,
    format: 'json' as const,
    compression: 'none' as const,
  }));
  const partial = importKind.failed({ parts }, { plannedAt: 1 }, { kind: 'internal', code: 'internal', message: '' });
  expect(partial.errors).toHaveLength(MAX_LISTED_ERRORS);
  expect(partial).toMatchObject({ failed: MAX_LISTED_ERRORS + 50, tasks: 1, failedTasks: 1 });
});

describe('a body that the gateway has put aside', () => {
  const url = 'staging:acme/logs/staging/01/documents';
  const context = { attempt: 1, progress: () => {} };

  it('has its items counted through all parts', async () => {
    const body = '{"n":0}\n\n{"n":1}\n{"n":2}\n{"bad\n';
    const fixture = await importFixture({ [url]: body });
    const { kind, spec, shared, tasks, ...planned } = await fixture.planned({ sources: [url], format: 'ndjson' });
    const whole = tasks[0]!.parts[0]!;
    const cuts = [0, 12, body.length];
    const partials: ImportPartial[] = [];
    for (const task of [0, 1]) {
      const part = { ...whole, from: cuts[task]!, to: cuts[task + 1]! };
      partials.push(await kind.run({ parts: [part] }, shared, spec, { ...planned.context(), ...context, task }));
    }
    const { result } = await kind.finish(kind.merge(partials[1]!, partials[0]!), shared, spec, planned.context());
    expect(result).toMatchObject({ indexed: 3, failed: 1, errors: [{ item: 3, line: 5, code: 'bad_json' }] });
  });

  it.each([
    ['markdown', 'intro\n\n# About\n', { title: 'About' }],
    ['markdown', 'no heading', {}],
    ['text', '# words', {}],
  ])('keeps its key out of the document: %s %j', async (format, text, titled) => {
    const fixture = await importFixture({ [url]: text });
    const { kind, spec, shared, tasks, ...planned } = await fixture.planned({ sources: [url], format });
    const jobContext = planned.context();
    const partial = await kind.run(tasks[0]!, shared, spec, jobContext);
    await kind.finish(partial, shared, spec, jobContext);
    const { segments } = await fixture.catalog.snapshot({ tenant: 'acme', index: 'logs' }, { consistency: 'strong' });
    const [{ reader }] = (await fixture.catalog.open(segments)) as [OpenedSegment];
    const wave = reader.wave();
    const documents = wave.documents([0]);
    await wave.flush();
    const [{ id, source }] = documents.value as [StoredDocument];
    const name = 'upload-01';
    expect(id).toBe(name);
    expect(JSON.parse(new TextDecoder().decode(source))).toEqual({
      _id: name,
      path: name,
      title: name,
      text,
      ...titled,
    });
  });

  it('is not named by its key in a refusal', async () => {
    const fixture = await importFixture({ [url]: '{"bad' });
    const { kind, spec, shared, tasks, ...planned } = await fixture.planned({ sources: [url], format: 'json' });
    const partial = await kind.run(tasks[0]!, shared, spec, planned.context());
    expect(partial.errors[0]!.detail).not.toMatch(/staging|documents/);
  });
});
