import { MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import { catalogOn, hastyClock, liveDocuments, LOGS, newest, writeSegment } from './commit-fixture.ts';
import { findDocument } from './find-document.ts';
import type { IndexCatalog, IndexName } from './index-catalog.ts';
import type { Manifest } from './manifest.ts';
import { objectPaths } from './object-paths.ts';

const broken = async (): Promise<never> => Promise.reject(new Error('the hints are down'));
const named = (index: string, tenant = 'acme'): IndexName => ({ tenant, index });

describe('ObjectStoreIndexCatalog', () => {
  let store: ObjectStore;
  let catalog: IndexCatalog;
  beforeEach(() => {
    store = new MemoryObjectStore();
    catalog = catalogOn(store);
  });
  const addOne = async (id: string, value: number, job = `job-${id}-${value}`) =>
    catalog.commit(LOGS, { job, segments: [await writeSegment(store, catalog, [{ id, value }])] });

  it('makes an index once, however many try at once', async () => {
    const tries = await Promise.allSettled(
      [catalog, catalog, catalogOn(store), catalogOn(store)].map((each) =>
        each.create(LOGS, { fields: { title: { type: 'text' } }, settings: { dynamic: 'strict', maxFields: 5 } }),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(
      tries.filter((each) => each.status === 'rejected').map(({ reason }) => (reason as { code: string }).code),
    ).toEqual(Array.from({ length: 3 }, () => 'index_already_exists'));
    expect(await newest(catalog)).toMatchObject({
      version: 1,
      schema: { fields: { title: { type: 'text' } }, dynamic: 'strict', maxFields: 5 },
      segments: [],
    });
  });

  it('refuses a name that would lead elsewhere before it asks the store for anything', async () => {
    for (const index of ['../x', 'a/b', '%2e', 'UP', '', 'x'.repeat(300)]) {
      const refused = { kind: 'invalid', code: 'bad_index_name' };
      await expect(catalog.create(named(index), {})).rejects.toMatchObject(refused);
      await expect(newest(catalog, named(index))).rejects.toMatchObject(refused);
      await expect(catalog.drop(named(index))).rejects.toMatchObject(refused);
      await expect(catalog.commit(named(index), { job: 'j', segments: [] })).rejects.toMatchObject(refused);
      await expect(catalog.version(named(index), 1)).rejects.toMatchObject(refused);
      expect(() => catalog.segmentKey(named(index), 's')).toThrow('is not an index name');
    }
    await expect(catalog.list('../acme')).rejects.toMatchObject({ code: 'bad_tenant_name' });
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual([]);
  });

  it('lists the indexes of one tenant, a request or two each, however much they hold', async () => {
    const names = ['a', 'a-b', 'a.b', 'a0', 'a_b', 'ab', 'b', 'z'];
    for (const index of names) await catalog.create(named(index), {});
    await catalog.create(named('other', 'acme2'), {});
    await catalog.create(named('gone'), {});
    await catalog.drop(named('gone'));
    for (let i = 0; i < 300; i++) await store.put(`acme/a/segment/00/${i}.seg`, new Uint8Array(1));
    await store.put('acme/not-a-folder', new Uint8Array(1));
    await store.put('acme/NOT-AN-INDEX/x', new Uint8Array(1));
    let listed = 0;
    const counting = new Proxy(store, {
      get(target, property) {
        if (property === 'list') listed++;
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const found = await catalogOn(counting).list('acme');
    expect(found.map(({ index }) => index).toSorted()).toEqual(names.toSorted());
    expect(listed).toBeLessThan(30);
    expect((await catalog.list('acme2')).map(({ index }) => index)).toEqual(['other']);
    expect(await catalog.list('nobody')).toEqual([]);
  });

  it('says which index was meant', async () => {
    await catalog.create(named('products'), {});
    await catalog.create(named('prodacts'), {});
    await catalog.drop(named('prodacts'));
    await expect(newest(catalogOn(store), named('product'))).rejects.toMatchObject({
      kind: 'not-found',
      code: 'index_not_found',
      message: 'index "product" does not exist; did you mean "products"?',
    });
    await expect(newest(catalog, named('weather'))).rejects.toMatchObject({ details: { index: 'weather' } });
    // Never a name of another tenant.
    await expect(newest(catalog, named('product', 'acme2'))).rejects.toThrow('PUT /v1/indexes');
  });

  it('drops an index with its data, goes on counting when it is made anew, and keeps old changes out', async () => {
    await catalog.create(LOGS, {});
    const committed = await addOne('a', 1);
    const planned = await newest(catalog);
    const late = { job: 'late', segments: [await writeSegment(store, catalog, [{ id: 'b', value: 1 }])] };
    await catalog.drop(LOGS);
    await expect(catalog.commit(LOGS, late)).rejects.toMatchObject({ code: 'index_not_found' });
    await expect(catalog.extendSchema(LOGS, {})).rejects.toMatchObject({ code: 'index_not_found' });
    await expect(catalog.drop(LOGS)).rejects.toMatchObject({ code: 'index_not_found' });

    const anew = await catalogOn(store).create(LOGS, { fields: { value: { type: 'long' } } });
    expect(anew).toMatchObject({ version: 4, segments: [], dropped: false });
    // Its segment went with the old index, so it cannot come into the new one; nor can what says when it was planned.
    await expect(catalog.commit(LOGS, late)).rejects.toMatchObject({ code: 'object_not_found' });
    const fresh = [await writeSegment(store, catalog, [{ id: 'c', value: 1 }])];
    const old = { job: 'old', segments: fresh, plannedAt: planned.version };
    await expect(catalog.commit(LOGS, old)).rejects.toMatchObject({ kind: 'conflict', code: 'index_recreated' });
    expect(await catalog.commit(LOGS, { ...old, plannedAt: anew.version })).toMatchObject({ indexed: 1 });
    // JOB-4 outlives the drop.
    expect(await catalog.commit(LOGS, { job: committed.id, segments: [] })).toEqual(committed);
    expect((await liveDocuments(catalog, await newest(catalog))).size).toBe(1);
  });

  it('does not delete what belongs to an index made anew while the old one was being deleted', async () => {
    await catalog.create(LOGS, {});
    await addOne('a', 1);
    const other = catalogOn(store);
    let anew = false;
    const slow: ObjectStore = new Proxy(store, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (property !== 'list') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        return async function* (prefix: string) {
          if (!anew && prefix.endsWith('/segment/')) {
            anew = true;
            await other.create(LOGS, {});
            const segments = [await writeSegment(store, other, [{ id: 'new', value: 2 }])];
            await other.commit(LOGS, { job: 'new', segments });
          }
          yield* target.list(prefix);
        };
      },
    });
    await catalogOn(slow).drop(LOGS);
    expect([...(await liveDocuments(other, await newest(other))).keys()]).toEqual(['new']);
  });

  it('extends the schema, once for the same fields, and refuses another type', async () => {
    await catalog.create(LOGS, {});
    const one = await catalog.extendSchema(LOGS, { n: { type: 'long', dynamic: true } });
    expect(one).toMatchObject({ version: 2, schema: { fields: { n: { type: 'long' } } } });
    expect((await catalogOn(store).extendSchema(LOGS, { n: { type: 'long', dynamic: true } })).version).toBe(2);
    expect(await catalog.extendSchema(LOGS, { n: { type: 'double', dynamic: true } })).toMatchObject({
      version: 3,
      schema: { fields: { n: { type: 'double' } } },
    });
    await expect(catalog.extendSchema(LOGS, { n: { type: 'text' } })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'schema_conflict',
    });
    const both = await Promise.all([
      catalog.extendSchema(LOGS, { a: { type: 'text' } }),
      catalogOn(store).extendSchema(LOGS, { b: { type: 'text' } }),
    ]);
    expect(both.every((manifest) => manifest.version <= 5)).toBe(true);
    expect(Object.keys((await newest(catalogOn(store))).schema.fields).toSorted()).toEqual(['a', 'b', 'n']);
  });

  it('refuses a segment that keeps a field in another way than the schema', async () => {
    await catalog.create(LOGS, { fields: { value: { type: 'keyword' } } });
    await expect(addOne('a', 1)).rejects.toMatchObject({ code: 'schema_conflict' });
    expect((await newest(catalog)).version).toBe(1);
  });

  it('refuses a segment that another job has committed', async () => {
    await catalog.create(LOGS, {});
    const segments = [await writeSegment(store, catalog, [{ id: 'a', value: 1 }])];
    await catalog.commit(LOGS, { job: 'j1', segments });
    await expect(catalog.commit(LOGS, { job: 'j2', segments })).rejects.toMatchObject({
      code: 'segment_already_committed',
    });
  });

  it('answers eventual snapshots from memory, strong ones from the store', async () => {
    await catalog.create(LOGS, {});
    const reader = catalogOn(store);
    await newest(reader);
    await addOne('a', 1);
    expect((await reader.snapshot(LOGS, { consistency: 'eventual', maxStalenessMs: 60_000 })).version).toBe(1);
    expect(
      (await reader.snapshot(LOGS, { consistency: 'eventual', maxStalenessMs: 60_000, minVersion: 2 })).version,
    ).toBe(2);
    await addOne('b', 1);
    expect((await reader.snapshot(LOGS, { consistency: 'eventual', maxStalenessMs: 60_000 })).version).toBe(2);
    expect((await reader.snapshot(LOGS, { consistency: 'strong' })).version).toBe(3);
    expect((await reader.snapshot(LOGS, { consistency: 'eventual', maxStalenessMs: -1 })).version).toBe(3);
  });

  it('waits for minVersion, but not forever', async () => {
    await catalog.create(LOGS, {});
    const polls: number[] = [];
    const clock = {
      ...hastyClock,
      sleep: async (ms: number) => {
        polls.push(ms);
        if (polls.length === 3) await addOne('a', 1);
      },
    };
    const reader = catalogOn(store, { clock });
    expect((await reader.snapshot(LOGS, { consistency: 'strong', minVersion: 2 })).version).toBe(2);
    expect(polls).toHaveLength(3);
    const impatient = catalogOn(store, { minVersionWaitMs: 0 });
    await expect(impatient.snapshot(LOGS, { consistency: 'eventual', minVersion: 99 })).rejects.toMatchObject({
      kind: 'timeout',
      code: 'version_not_reached',
    });
    await expect(impatient.snapshot(named('nope'), { consistency: 'strong', minVersion: 9 })).rejects.toMatchObject({
      code: 'index_not_found',
    });
  });

  it('is not led astray by hints', async () => {
    await catalog.create(LOGS, {});
    await addOne('a', 1);
    for (const hint of [0, 1, 2, 3, 1e9]) {
      const hinted = catalogOn(store, { hints: { get: async () => hint, put: async () => {} } });
      expect((await newest(hinted)).version).toBe(2);
    }
    const without = catalogOn(store, { hints: { get: broken, put: broken } });
    expect(await without.commit(LOGS, { job: 'j', segments: [] })).toMatchObject({ version: 3 });
  });

  it('fetches a document by id, also where the bitmap says that it was replaced or deleted', async () => {
    await catalog.create(LOGS, {});
    await addOne('a', 1);
    await addOne('b', 1);
    await catalog.commit(LOGS, {
      job: 'j',
      segments: [
        await writeSegment(store, catalog, [
          { id: 'a', value: 2 },
          { id: 'b', value: 2 },
        ]),
      ],
      deleteIds: [],
    });
    await catalog.commit(LOGS, { job: 'd', segments: [], deleteIds: ['b'] });
    const found = await findDocument(catalog, LOGS, 'a');
    expect(new TextDecoder().decode(found?.source)).toBe('{"value":2}');
    expect(found?.version).toBe(5);
    expect(await findDocument(catalog, LOGS, 'b')).toBeUndefined();
    expect(await findDocument(catalog, LOGS, 'zz')).toBeUndefined();
  });

  /** One segment that is too large to be read as a whole. */
  async function large(): Promise<Manifest> {
    await catalog.create(LOGS, {});
    const segments = [await writeSegment(store, catalog, [{ id: 'm', value: 1, padBytes: 3_000_000 }])];
    return catalog.commit(LOGS, { job: 'large', segments }).then(() => newest(catalog));
  }

  it('reads a small segment in one request, however much of it is asked for', async () => {
    await catalog.create(LOGS, {});
    await addOne('m', 1);
    const { segments } = await newest(catalog);
    const stats = { gets: 0, bytes: 0, cacheHits: 0 };
    const { reader } = await catalogOn(store).openOne(segments[0]!, { stats });
    const wave = reader.wave();
    wave.docsById(['m']);
    await wave.flush();
    await reader.verify();
    expect(stats).toMatchObject({ gets: 1, bytes: segments[0]!.bytes });
  });

  it('counts what one search reads in its own statistics, and reads nothing for an id outside every range', async () => {
    const { segments } = await large();
    const stats = { gets: 0, bytes: 0, cacheHits: 0 };
    const opened = await catalogOn(store).openOne(segments[0]!, { stats });
    expect(stats.gets).toBe(1);
    const wave = opened.reader.wave();
    wave.docsById(['m']);
    await wave.flush();
    expect(stats.gets).toBe(2);
    expect(stats.bytes).toBeGreaterThan(segments[0]!.footer.length);
  });

  it('keeps the requests apart that share a reader: one counter each, one signal each', async () => {
    const { segments } = await large();
    const reader = catalogOn(store);
    const first = { stats: { gets: 0, bytes: 0, cacheHits: 0 } };
    await reader.open(segments, first);
    expect(first.stats).toMatchObject({ gets: 1, cacheHits: 0 });

    const ended = new AbortController();
    const [one, two, three] = await Promise.all(
      [{ signal: ended.signal }, {}, {}].map(async (options) => {
        const stats = { gets: 0, bytes: 0, cacheHits: 0 };
        const [opened] = await reader.open(segments, { stats, ...options });
        return { stats, reader: opened!.reader };
      }),
    );
    ended.abort();
    const found = await Promise.allSettled(
      [one!, two!, two!, three!].map(async (each) => {
        const wave = each.reader.wave();
        const docs = wave.docsById(['m']);
        await wave.flush();
        return docs.value[0];
      }),
    );
    expect(found.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(found[0]).toMatchObject({ reason: { kind: 'cancelled' } });
    expect([two, three].map((each) => each!.stats)).toMatchObject([
      { gets: 2, cacheHits: 1 },
      { gets: 1, cacheHits: 1 },
    ]);
    expect(first.stats.gets).toBe(1);
    await expect(reader.open(segments, { signal: ended.signal })).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('reports a bitmap that is damaged, or of another segment, as corrupt', async () => {
    await catalog.create(LOGS, {});
    const segments = [
      await writeSegment(store, catalog, [
        { id: 'a', value: 1 },
        { id: 'b', value: 1 },
      ]),
    ];
    await catalog.commit(LOGS, { job: 'j', segments });
    await catalog.commit(LOGS, { job: 'd', segments: [], deleteIds: ['a'] });
    const [entry] = (await newest(catalog)).segments;
    const { key } = entry!.deletes!;
    expect(key.startsWith(objectPaths(LOGS).deletes)).toBe(true);
    const miscounted = { ...entry!, deletes: { key, count: 2 } };
    await expect(catalogOn(store).openOne(miscounted)).rejects.toMatchObject({ kind: 'corrupt' });
    const bytes = await store.get(key);
    bytes[bytes.length >> 1]! ^= 1;
    await store.put(key, bytes);
    await expect(catalogOn(store).openOne(entry!)).rejects.toMatchObject({ kind: 'corrupt' });
  });
});
