import { jest } from '@jest/globals';
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { seededRandom } from '#libs/kernel';
import { FaultyObjectStore, failCall, MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import { match, matchAll, RANDOM_FIELDS, randomDocuments, randomQuery, request } from '#libs/testing';
import type { QueryNode } from '#libs/query';
import { IndexBench } from '../compact/compact-fixture.ts';
import { ImportKind } from '../import/import-kind.ts';
import { decompress } from '../import/readers/decompress.ts';
import { ExportKind } from './export-kind.ts';
import { parseExport, type ExportCompression, type ExportResult } from './export-spec.ts';
import type { TargetOpener } from './export-target.ts';

jest.setTimeout(60_000);

/** Many small jobs on a busy machine. */
const MANY_MS = 240_000;
const TARGET = 's3://out/here';
const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;

const targetsIn = (store: ObjectStore): TargetOpener => ({
  open: (url) => {
    const prefix = `${url.slice('s3://out/'.length)}/`;
    return Promise.resolve({ store, prefix, keyOf: (file) => prefix + file, urlOf: (file) => `${url}/${file}` });
  },
});

/** An index, and a bucket to export it to. */
class Scene {
  readonly out: ObjectStore;
  readonly bench: IndexBench;
  readonly kind: ExportKind;

  constructor(out: ObjectStore = new MemoryObjectStore(), bench = new IndexBench()) {
    this.out = out;
    this.bench = bench;
    this.kind = new ExportKind({
      catalog: bench.catalog,
      store: bench.store,
      targets: targetsIn(out),
      // A part for each segment.
      taskBytes: 1,
    });
  }

  async export(over: object = {}): Promise<ExportResult> {
    const { result, coverage } = await this.bench.job<ExportResult>(this.kind, {
      query: matchAll(),
      target: TARGET,
      ...over,
    });
    expect(coverage).toBe(1);
    return result;
  }

  async text(name: string, compression: ExportCompression = 'none'): Promise<string> {
    const bytes = await this.out.get(`here/${name}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of decompress(Readable.from([bytes]), compression, name)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  async lines(result: ExportResult): Promise<string[]> {
    const texts = await Promise.all(result.parts.map(({ name }) => this.text(name, result.compression)));
    return texts.flatMap((text) => text.trimEnd().split('\n'));
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.out.list('')) keys.push(key);
    return keys;
  }
}

async function everything(bench: IndexBench, query: QueryNode = matchAll()): Promise<unknown[]> {
  const asked = request(query, { size: 200, searchType: 'dfs', trackTotalHits: true, sort: [] });
  const { hits } = await bench.search(asked);
  return hits.map(({ _id, _source }) => ({ _id, _source })).toSorted((a, b) => (a._id < b._id ? -1 : 1));
}

/** The folder as the source of an import into an index of its own. */
async function imported(out: ObjectStore): Promise<IndexBench> {
  const bench = new IndexBench();
  await bench.create(RANDOM_FIELDS);
  const { catalog, store } = bench;
  const { ids, clock } = bench.jobParts;
  const opener = {
    open: (url: string) =>
      Promise.resolve({ store: out, key: url === TARGET ? 'here' : url, urlOf: (key: string) => key }),
  };
  const kind = new ImportKind({ catalog, store, clock, ids, memoryBytes: 64 * 2 ** 20, opener });
  const { result } = await bench.job<{ failed: number }>(kind, { sources: [TARGET] });
  expect(result).toMatchObject({ failed: 0 });
  return bench;
}

async function* abortingAfterFirst(
  chunks: AsyncIterable<Uint8Array>,
  stop: AbortController,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    stop.abort();
  }
}

describe('an export', () => {
  it(
    'EXP-1: imported anew it is the same documents, whatever they are and however they are cut',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(randomDocuments(10), { minLength: 1, maxLength: 4 }),
          fc.oneof({ weight: 1, arbitrary: fc.constant(matchAll()) }, { weight: 2, arbitrary: randomQuery }),
          fc.constantFrom(...COMPRESSIONS),
          fc.array(fc.nat(20), { maxLength: 4 }),
          async (batches, query, compression, removeAt) => {
            const scene = new Scene();
            await scene.bench.create(RANDOM_FIELDS);
            const ids = new Set<string>();
            for (const batch of batches) {
              await scene.bench.add(batch.map(({ id, values }) => ({ _id: id, ...values })));
              for (const { id } of batch) ids.add(id);
            }
            const removed = removeAt.flatMap((at) => [...ids][at] ?? []);
            if (removed.length > 0) await scene.bench.remove(removed);
            const expected = await everything(scene.bench, query);
            const job = await scene.bench.plan<ExportResult>(scene.kind, { query, compression, target: TARGET });
            // What is written, deleted and merged after the plan is not of its version.
            await scene.bench.add([
              { _id: 'later', title: 'later' },
              { _id: batches[0]![0]?.id ?? 'x', title: 'changed' },
            ]);
            await scene.bench.compact({ force: true });
            await job.run();
            const { result } = await job.finish();
            expect(result.documents).toBe(expected.length);
            if (expected.length === 0) expect(await scene.keys()).toEqual(['here/_manifest.json']);
            else expect(await everything(await imported(scene.out))).toEqual(expected);
            expect(JSON.parse(await scene.text('_manifest.json'))).toMatchObject({
              job: job.context.jobId,
              index: 'logs',
              version: result.version,
              documents: expected.length,
              bytes: result.bytes,
              parts: result.parts,
            });
          },
        ),
        { numRuns: 100 },
      );
    },
    MANY_MS,
  );

  const filled = async (scene: Scene): Promise<Scene> => {
    await scene.bench.create({ title: { type: 'text' }, n: { type: 'long' } });
    for (const n of [1, 2, 3]) {
      await scene.bench.add([
        { _id: `a${n}`, title: 'old', n },
        { _id: `b${n}`, title: 'new "news", and\nmore', n },
      ]);
    }
    return scene;
  };

  it.each(COMPRESSIONS)('names its parts by their tasks, and says how large they are (%s)', async (compression) => {
    const scene = await filled(new Scene());
    await scene.bench.remove(['a2', 'b2']);
    await scene.bench.add([{ _id: 'c', title: 'old' }]);
    const result = await scene.export({ compression });
    const suffix = { none: '', gzip: '.gz', zstd: '.zst' }[compression];
    expect(result).toMatchObject({ version: 6, documents: 5, target: TARGET, manifest: `${TARGET}/_manifest.json` });
    expect(result.parts.map(({ name }) => name)).toEqual([0, 1, 2].map((task) => `part-0000${task}.ndjson${suffix}`));
    for (const { name, bytes, plainBytes, documents } of result.parts) {
      const text = await scene.text(name, compression);
      expect({ bytes, plainBytes, documents }).toEqual({
        bytes: (await scene.out.head(`here/${name}`))!.size,
        plainBytes: Buffer.byteLength(text),
        documents: text.split('\n').length - 1,
      });
    }
    expect(await scene.keys()).toEqual(['here/_manifest.json', ...result.parts.map(({ name }) => `here/${name}`)]);
  });

  it('gives back the very bytes that were sent, with an _id where there was none', async () => {
    const scene = new Scene();
    await scene.bench.create();
    const lines = [
      '{"_id":"a","big":12345678901234567890,"x":1.0}',
      ' { "\\u005fid" : "b" , "t" : "\\u00e4" } ',
      '{"_id":5,"_id":"c"}',
      '{"t":"says \\"_id\\""}',
      '{ }',
      '{"_id":7.5}',
    ];
    await scene.out.put('in.ndjson', Buffer.from(lines.join('\r\n')));
    const { ids, clock } = scene.bench.jobParts;
    const { catalog, store } = scene.bench;
    const source = { store: scene.out, key: 'in.ndjson', urlOf: (key: string) => key };
    const opener = { open: () => Promise.resolve(source) };
    await scene.bench.job(new ImportKind({ catalog, store, clock, ids, memoryBytes: 64 * 2 ** 20, opener }), {
      sources: ['s3://b/in.ndjson'],
    });
    const written = (await scene.lines(await scene.export())).map((line) => line.trimEnd());
    // Those that were given an id have it in front; the others are as they were.
    const GIVEN = /^\{"_id":"[^"]{8,}"(,| )/;
    const own = written.filter((line) => !GIVEN.test(line));
    expect(own).toEqual([lines[0], lines[1]!.trimEnd(), lines[2], lines[5]]);
    const given = written.filter((line) => GIVEN.test(line)).map((line) => line.replace(GIVEN, '{$1'));
    expect(given).toEqual(['{,"t":"says \\"_id\\""}', '{ }']);
  });

  it('leaves fields out', async () => {
    const scene = await filled(new Scene());
    const source = { includes: ['*'], excludes: ['title'] };
    const query = match('title', 'old');
    expect(await scene.lines(await scene.export({ source, query }))).toEqual([
      '{"_id":"a1","n":1}',
      '{"_id":"a2","n":2}',
      '{"_id":"a3","n":3}',
    ]);
  });

  it.each(COMPRESSIONS)('writes CSV, whose header may be cut off (%s)', async (compression) => {
    const scene = await filled(new Scene());
    const result = await scene.export({ format: 'csv', compression });
    const parts = await Promise.all(result.parts.map(({ name }) => scene.text(name, compression)));
    expect(parts[0]).toBe('_id,title,n\na1,old,1\nb1,"new ""news"", and\nmore",1\n');
    const bytes = await Promise.all(
      result.parts.map(async ({ name, headerBytes }, at) =>
        (await scene.out.get(`here/${name}`)).subarray(at === 0 ? 0 : headerBytes),
      ),
    );
    const chunks: Uint8Array[] = [];
    for await (const chunk of decompress(Readable.from([Buffer.concat(bytes)]), compression, 'all')) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(
      parts.map((text, at) => (at === 0 ? text : text.slice('_id,title,n\n'.length))).join(''),
    );
    const again = await imported(scene.out);
    expect(await everything(again)).toEqual(await everything(scene.bench));
  });

  it('writes only to what is empty, and of two to the same place one', async () => {
    const scene = await filled(new Scene());
    const plan = () => scene.bench.plan<ExportResult>(scene.kind, { query: matchAll(), target: TARGET });
    const outcomes = await Promise.allSettled([plan(), plan()]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((outcome) => outcome.status === 'rejected')!;
    expect(lost.reason).toMatchObject({ kind: 'conflict', code: 'target_not_empty' });
    const won = outcomes.find((outcome) => outcome.status === 'fulfilled')!.value;
    await won.run();
    await won.finish();
    const admit = scene.kind.admit(scene.kind.spec.parse({ query: matchAll(), target: TARGET }), {
      ...scene.bench.name,
      signal: new AbortController().signal,
    });
    await expect(admit).rejects.toMatchObject({ code: 'target_not_empty' });
    await scene.out.deleteMany(await scene.keys());
    await scene.out.put('here/mine.txt', Buffer.from('mine'));
    await expect(plan()).rejects.toMatchObject({ code: 'target_not_empty' });
    expect(await scene.keys()).toEqual(['here/mine.txt']);
  });

  it('has no manifest while parts are missing, and has one when they have been written', async () => {
    const scene = await filled(new Scene());
    const { kind, bench } = scene;
    const spec = kind.spec.parse({ query: matchAll(), target: TARGET });
    const { context, tasks } = await bench.plan(kind, spec);
    const { shared } = await kind.plan(spec, context);
    const run = (task: number) => kind.run(tasks[task] as never, shared, spec, { ...context, task });
    const error = { kind: 'corrupt', code: 'corrupt', message: 'damaged' } as const;
    const lost = kind.failed(tasks[1] as never, shared, error);
    const some = kind.merge(kind.merge(await run(2), lost), await run(0));
    expect(some).toEqual(kind.merge(await run(0), kind.merge(lost, await run(2))));
    expect(kind.merge(kind.empty(), some)).toEqual(some);
    const { result, coverage } = await kind.finish(some, shared, spec, context);
    expect(result).toMatchObject({ documents: 4, failed: 1, errors: [{ code: 'corrupt' }] });
    expect(result).not.toHaveProperty('manifest');
    expect(coverage).toBeCloseTo(2 / 3);
    expect(await scene.keys()).not.toContain('here/_manifest.json');
    const whole = kind.merge({ ...some, failed: [] }, await run(1));
    expect((await kind.finish(whole, shared, spec, context)).coverage).toBe(1);
    expect(await scene.keys()).toContain('here/_manifest.json');
    await expect(kind.finish(lost, shared, spec, context)).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('without a target lies with its job', async () => {
    const scene = await filled(new Scene());
    const job = await scene.bench.plan<ExportResult>(scene.kind, { query: matchAll() });
    await job.run();
    const { result } = await job.finish();
    const { jobId } = job.context;
    expect(result).toMatchObject({ download: `/v1/jobs/${jobId}/export`, documents: 6 });
    expect(result).not.toHaveProperty('target');
    const keys: string[] = [];
    for await (const { key } of scene.bench.store.list(`acme/logs/staging/${jobId}/`)) keys.push(key);
    expect(keys).toHaveLength(4);
  });

  it.each(COMPRESSIONS)(
    'stops when it is cancelled, in the middle of a part, and leaves none (%s)',
    async (compression) => {
      const stop = new AbortController();
      const memory = new MemoryObjectStore();
      const out = Object.create(memory) as MemoryObjectStore;
      out.putStream = (key, chunks, options) => memory.putStream(key, abortingAfterFirst(chunks, stop), options);
      const scene = new Scene(out);
      await scene.bench.create({ noise: { type: 'keyword', ignoreAbove: 1 } });
      const random = seededRandom(4);
      const noise = (): string => Buffer.from(random.bytes(6000)).toString('base64');
      await scene.bench.add(Array.from({ length: 100 }, (_, i) => ({ _id: `d${i}`, noise: noise() })));
      const spec = { query: matchAll(), target: TARGET, compression };
      const job = await scene.bench.plan(scene.kind, spec, { signal: stop.signal });
      await expect(job.run()).rejects.toMatchObject({ kind: 'cancelled' });
      expect(await scene.keys()).toEqual(['here/_started.json']);
    },
  );

  it.each(['before', 'after'] as const)(
    'is whole when any request to either store fails %s its effect',
    async (at) => {
      for (const where of ['index', 'target'] as const) {
        for (let nth = 0; ; nth++) {
          const good = await filled(new Scene());
          const broken = where === 'index' ? good.bench.store : good.out;
          const failing = new FaultyObjectStore(broken, failCall(nth, { at }));
          const worker = new Scene(
            where === 'target' ? failing : good.out,
            new IndexBench(where === 'index' ? failing : good.bench.store, undefined, undefined, 2),
          );
          // As a delivery that comes again: each step until it succeeds once.
          const again = async <T>(action: () => Promise<T>): Promise<T> => action().catch(action);
          const spec = { query: matchAll(), target: TARGET, format: 'ndjson' };
          const jobId = '01HZZZZZZZZZZZZZZZZZZZZZZZ';
          const job = await again(() => worker.bench.plan<ExportResult>(worker.kind, spec, { jobId }));
          await again(() => job.run());
          const { result } = await again(() => job.finish());
          expect({ where, nth, ...result }).toMatchObject({ where, nth, documents: 6, failed: 0 });
          expect((await good.keys()).length).toBe(4);
          expect(await everything(await imported(good.out))).toEqual(await everything(good.bench));
          if (failing.faults === 0) {
            expect(nth).toBeGreaterThan(5);
            break;
          }
        }
      }
    },
    MANY_MS,
  );
});

describe('parseExport', () => {
  it('reads both spellings, and takes every document without a query', () => {
    expect(parseExport(undefined)).toEqual({
      query: { type: 'match_all', boost: 1, path: 'query' },
      format: 'ndjson',
      compression: 'none',
    });
    const asked = {
      q: 'a',
      format: 'CSV',
      compression: 'zstd',
      target: 'file:///x',
      fields: ['a', 'b.*'],
      min_version: 3,
    };
    expect(parseExport(asked)).toMatchObject({
      format: 'csv',
      compression: 'zstd',
      target: 'file:///x',
      source: { includes: ['a', 'b.*'], excludes: [] },
      minVersion: 3,
    });
    expect(parseExport({ _source: { excludes: 'c' } })).toMatchObject({ source: { includes: [], excludes: ['c'] } });
    expect(parseExport({ _source: true })).not.toHaveProperty('source');
  });

  it.each<[unknown, string, string]>([
    [[], 'bad_export_request', 'got []'],
    [{ qurey: {} }, 'unknown_key', 'did you mean query?'],
    [{ sort: 'a' }, 'unsupported_option', 'no particular order'],
    [{ size: 5 }, 'unsupported_option', 'size'],
    [{ format: 'parquet' }, 'bad_export_request', 'format: expected one of ndjson, csv, got "parquet"'],
    [{ compression: 'lz4' }, 'bad_export_request', 'compression: expected one of none, gzip, zstd'],
    [{ target: 'http://x/' }, 'bad_target', '"http://x/" is no target'],
    [{ target: 'staging:x' }, 'bad_target', 'is no target'],
    [{ target: 5 }, 'bad_export_request', 'target: expected a string'],
    [{ _source: false }, 'bad_export_request', 'an export without documents is empty'],
    [{ fields: ['a'], _source: ['b'] }, 'bad_export_request', 'give one'],
    [{ fields: [5] }, 'bad_source_filter', 'fields[0]'],
  ])('%j is %s', (body, code, message) => {
    expect(() => parseExport(body)).toThrow(
      expect.objectContaining({ kind: 'invalid', code, message: expect.stringContaining(message) }) as Error,
    );
  });
});
