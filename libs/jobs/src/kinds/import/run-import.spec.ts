import fc from 'fast-check';
import { asQuarryError, QuarryError, systemClock } from '#libs/kernel';
import { InterceptingObjectStore, MemoryObjectStore, type RequestOptions, type StoreCall } from '#libs/object-store';
import { threadEntry, ThreadPool } from '#libs/threads';
import { openBuildThreads } from '../../threads/open-job-threads.ts';
import { importFixture } from './import-fixture.ts';
import type { ImportPartial } from './import-partial.ts';

const INDEX_MEMORY = 300_000;

let threads: ThreadPool;
beforeAll(() => {
  threads = openBuildThreads({ threads: 2, indexMemoryBytes: INDEX_MEMORY, clock: systemClock, onLost: () => {} });
});
afterAll(() => threads.close());

/** What a run leaves: the bytes of its segments, the schema, what it refused. Ids of segments aside, nothing else. */
async function outcome(
  files: Record<string, string>,
  spec: Record<string, unknown>,
  pool: ThreadPool | undefined,
): Promise<unknown> {
  const fixture = await importFixture(files, { memoryBytes: INDEX_MEMORY, ...(pool && { threads: pool }) });
  const { kind, tasks, shared, spec: parsed, context } = await fixture.planned(spec);
  // Made ids begin with the job's.
  const its = context(1, { jobId: 'job' });
  let partial: ImportPartial;
  try {
    partial = await kind.run(tasks[0]!, shared, parsed, its);
  } catch (error) {
    const { kind: errorKind, code, message, details } = asQuarryError(error);
    return { errorKind, code, message, details };
  }
  const { schema } = await fixture.catalog.snapshot(its, { consistency: 'strong' });
  const segments = await Promise.all(
    partial.segments.map(async ({ key, meta }) => ({
      meta,
      bytes: Buffer.from(await fixture.store.get(key)).toString('base64'),
    })),
  );
  return { ...partial, segments, schema };
}

const words = fc.constantFrom('amber', 'Basalt', 'clay', 'dünne', 'ξ', 'flint');
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record(
        {
          _id: fc.nat(50).map((id) => `d${id}`),
          text: fc.array(words, { maxLength: 12 }).map((all) => all.join(' ')),
          n: fc.oneof(fc.integer(), fc.double({ noNaN: true })),
          tag: fc.array(words, { maxLength: 3 }),
          nested: fc.record({ when: fc.constantFrom('2024-05-01', '2024-05-01T10:00:00Z', 'soon') }),
        },
        { requiredKeys: ['text'] },
      )
      .map((document) => JSON.stringify(document)),
  },
  fc.constantFrom('', '{"bad":', '[1]', '7', '{"n":"no number"}', '{"text":{"deep":1}}'),
);

it('a task leaves the same bytes, schema and refusals whether a thread computes it or not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { maxLength: 60 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom({}, { onError: 'fail' }, { idField: 'n' }),
      async (files, spec) => {
        const named = Object.fromEntries(files.map((lines, at) => [`f${at}.ndjson`, lines.join('\n')]));
        expect(await outcome(named, spec, threads)).toEqual(await outcome(named, spec, undefined));
      },
    ),
    { numRuns: 40, seed: 7 },
  );
  expect(threads.counts().calls).toBeGreaterThan(30);
});

it('two tasks run in two threads', async () => {
  const body = Array.from({ length: 500 }, (_, i) => JSON.stringify({ i, text: `amber ${i} clay` })).join('\n');
  await Promise.all([0, 1].map(() => outcome({ 'f.ndjson': body }, {}, threads)));
  expect(threads.counts()).toMatchObject({ threads: 2, running: 0 });
});

const DOCUMENTS = 20_000;
const MANY = Array.from({ length: DOCUMENTS }, (_, i) =>
  JSON.stringify({ _id: `d${i}`, text: `amber ${i} clay flint` }),
).join('\n');

interface Stopped {
  readonly ended: string;
  /** Documents of the index when the task was run again to its end. */
  readonly again: () => Promise<number>;
}

/** A task that `stop` is called for once it has written something. */
async function stopped(pool: ThreadPool, stop: () => void, signal = new AbortController().signal): Promise<Stopped> {
  const fixture = await importFixture({ 'f.ndjson': MANY }, { memoryBytes: INDEX_MEMORY, threads: pool });
  const { kind, tasks, shared, spec, context } = await fixture.planned();
  const progress = ({ documents = 0 }): void => {
    if (documents > 0) stop();
  };
  const ended = await kind.run(tasks[0]!, shared, spec, context(1, { signal, progress })).then(
    () => 'done',
    (error: unknown) => `${asQuarryError(error).kind} ${asQuarryError(error).code}`,
  );
  const again = async (): Promise<number> => {
    const partial = await kind.run(tasks[0]!, shared, spec, context());
    return (await kind.finish(partial, shared, spec, context())).result.indexed;
  };
  return { ended, again };
}

it('a task that is cancelled ends as cancelled, and its thread goes on', async () => {
  const abort = new AbortController();
  const { ended, again } = await stopped(threads, () => abort.abort(), abort.signal);
  expect(ended).toBe('cancelled cancelled');
  expect(await again()).toBe(DOCUMENTS);
  expect(threads.counts().lost).toBe(0);
});

/** A store on which every upload of a segment is cut after its first chunk, while `cutting`. */
class CutUploads extends InterceptingObjectStore {
  cutting = true;
  cut = 0;

  override putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options?: RequestOptions,
  ): Promise<{ bytes: number }> {
    return this.below.putStream(key, this.cutting ? this.begun(chunks) : chunks, options);
  }

  protected around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    return proceed(call.options);
  }

  protected aroundStream<T>(call: StoreCall, proceed: (options: RequestOptions) => AsyncIterable<T>): AsyncIterable<T> {
    return proceed(call.options);
  }

  private async *begun(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk;
      this.cut++;
      throw new QuarryError('unavailable', 'the connection was cut', { code: 'store_unavailable' });
    }
  }
}

it.each([['in a thread'], ['without threads']])(
  'a task whose upload fails has failed, leaves nothing, and is whole when it is tried again, %s',
  async (where) => {
    const store = new CutUploads(new MemoryObjectStore({ clock: systemClock }));
    const pool = where === 'in a thread' && { threads };
    const fixture = await importFixture(
      { 'f.ndjson': MANY },
      { memoryBytes: INDEX_MEMORY, wrap: () => store, ...pool },
    );
    const { kind, tasks, shared, spec, context } = await fixture.planned();
    await expect(kind.run(tasks[0]!, shared, spec, context())).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(store.cut).toBe(1);
    for await (const { key } of store.list('')) expect(key).not.toContain('/segment/');
    store.cutting = false;
    const partial = await kind.run(tasks[0]!, shared, spec, context());
    expect((await kind.finish(partial, shared, spec, context())).result.indexed).toBe(DOCUMENTS);
  },
  60_000,
);

it('a thread that dies loses nothing: its task is tried again, and then it is whole', async () => {
  const mortal = new ThreadPool({
    entry: threadEntry('../../threads/mortal-thread-fixture', import.meta.url),
    threads: 1,
    callsPerThread: 2,
    maxWaiting: 1,
    clock: systemClock,
  });
  try {
    let told: Promise<unknown> | undefined;
    const { ended, again } = await stopped(mortal, () => {
      told ??= mortal.run('die', 0).catch(() => {});
    });
    expect(ended).toBe('internal thread_lost');
    expect(await again()).toBe(DOCUMENTS);
    expect(mortal.counts()).toMatchObject({ lost: 1, running: 0 });
  } finally {
    await mortal.close();
  }
});
