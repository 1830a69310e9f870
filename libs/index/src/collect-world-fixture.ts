import { createIds, encodeUtf8, isQuarryError, QuarryError, seededRandom, type Clock, type Ids } from '#libs/kernel';
import { InterceptingObjectStore, MemoryObjectStore, type RequestOptions, type StoreCall } from '#libs/object-store';
import { Boundary } from './boundary.ts';
import type { Collected } from './collect-garbage.ts';
import { catalogOn, liveDocuments, LOGS, writeSegment } from './commit-fixture.ts';
import type { Change } from './index-catalog.ts';
import type { ObjectStoreIndexCatalog } from './object-store-index-catalog.ts';
import { objectPaths, versionOfKey } from './object-paths.ts';
import { decodeManifest, type StoredManifest } from './stored-manifest.ts';

export const HOUR_MS = 3_600_000;
export const GRACE_MS = 24 * HOUR_MS;

/** What goes wrong with an operation: at its n-th request to the store. */
export interface Trouble {
  readonly nth: number;
  readonly what: 'stall' | 'fail before' | 'fail after';
}

/** A process's way to the store, on which one operation at a time can be troubled. */
class TroubledStore extends InterceptingObjectStore {
  private trouble: Trouble | undefined;
  private calls = 0;
  /** Whether the operation came as far as its trouble. */
  met = false;
  private stalled = (): void => {};
  private released: Promise<void> = Promise.resolve();

  /** @param gate the stalled request goes on when it resolves */
  next(trouble: Trouble | undefined, gate: Promise<void>): Promise<void> {
    this.trouble = trouble;
    this.calls = 0;
    this.met = false;
    this.released = gate;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stalled = resolve;
    return promise;
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    const what = await this.meet();
    if (what === 'fail after') await proceed(call.options);
    if (what !== undefined) throw new QuarryError('unavailable', 'injected', { code: 'store_unavailable' });
    return proceed(call.options);
  }

  protected override async *aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    if (await this.meet()) throw new QuarryError('unavailable', 'injected', { code: 'store_unavailable' });
    yield* proceed(call.options);
  }

  private async meet(): Promise<'fail before' | 'fail after' | undefined> {
    const { trouble } = this;
    if (!trouble || this.calls++ !== trouble.nth) return undefined;
    this.met = true;
    if (trouble.what !== 'stall') return trouble.what;
    const gate = this.released;
    this.stalled();
    await gate;
    return undefined;
  }
}

interface Job {
  readonly id: string;
  readonly createdAt: number;
  readonly change: { readonly docs: ReadonlyMap<string, number>; readonly deleted: readonly string[] };
}

/**
 * An index that jobs in several processes change while collectors run, under a clock that a test moves. A job is known
 * (and holds collectors back) until it has ended or is forgotten; what it does may go on after that.
 */
export class CollectWorld {
  private time = 1_700_000_000_000;
  readonly clock: Clock = {
    now: () => this.time,
    monotonic: () => this.time,
    sleep: () => new Promise((resolve) => void setImmediate(resolve)),
    after: () => () => {},
  };
  readonly store = new MemoryObjectStore({ clock: this.clock });
  readonly ids: Ids = createIds(this.clock, seededRandom(9));
  private readonly processes: { store: TroubledStore; catalog: ObjectStoreIndexCatalog; busy: number }[];
  private readonly known = new Map<string, Job>();
  private readonly jobs = new Map<string, Job>();
  /** Jobs that were told that they are contained. */
  private readonly acknowledged = new Set<string>();
  private readonly madeAt = new Map<number, number>();
  private release = (): void => {};
  private gate!: Promise<void>;
  private underWay: Promise<unknown>[] = [];
  private value = 0;
  /** Outcomes that a caller may get and go on. */
  readonly refusals: string[] = [];

  constructor(processes = 3) {
    this.close();
    this.processes = Array.from({ length: processes }, () => {
      const store = new TroubledStore(this.store);
      return { store, catalog: catalogOn(store, { clock: this.clock, ids: this.ids }), busy: 0 };
    });
  }

  async open(): Promise<void> {
    await catalogOn(this.store, { clock: this.clock, ids: this.ids }).create(LOGS, {});
  }

  private close(): void {
    ({ promise: this.gate, resolve: this.release } = Promise.withResolvers<void>());
  }

  /** The process does something until it is done or stalls; errors are the world's. */
  private async act(process: number, trouble: Trouble | undefined, what: () => Promise<unknown>): Promise<void> {
    const one = this.processes[process]!;
    const stalled = one.store.next(trouble, this.gate);
    one.busy++;
    const done = what()
      .catch((error: unknown) => {
        if (!isQuarryError(error)) throw error;
        this.refusals.push(error.code);
      })
      .finally(() => one.busy--);
    this.underWay.push(done);
    // Behind an operation of the same process that stalls it may wait, too.
    await Promise.race([done, stalled, ...(one.busy > 1 ? [turns(200)] : [])]);
    await this.observe();
  }

  pass(ms: number): void {
    this.time += ms;
  }

  /** Whatever stalls goes on, and comes to its end. */
  async goOn(): Promise<void> {
    this.release();
    this.close();
    await Promise.all(this.underWay);
    this.underWay = [];
    await this.observe();
  }

  met(process: number): boolean {
    return this.processes[process]!.store.met;
  }

  private async observe(): Promise<void> {
    for await (const { key, modifiedAt } of this.store.list(objectPaths(LOGS).manifests)) {
      const version = versionOfKey(key)!;
      if (!this.madeAt.has(version)) this.madeAt.set(version, modifiedAt);
    }
  }

  /** Operators and retention: the job store knows of no job any more. What they still do is not wanted. */
  forget(): void {
    this.known.clear();
  }

  /** A write job: made now, its segments written now, committed `lateMs` after. */
  async write(
    process: number,
    docs: readonly string[],
    deleted: readonly string[],
    lateMs: number,
    trouble?: Trouble,
  ): Promise<void> {
    const { catalog } = this.processes[process]!;
    const documents = docs.map((id) => ({ id, value: ++this.value }));
    const change = { docs: new Map(documents.map(({ id, value }) => [id, value])), deleted };
    const job: Job = { id: this.ids.next(), createdAt: this.time, change };
    this.known.set(job.id, job);
    this.jobs.set(job.id, job);
    const segments: Change['segments'] =
      documents.length > 0 ? [await writeSegment(this.store, catalog, documents, LOGS, this.ids)] : [];
    await this.store.put(catalog.stagingKey(LOGS, job.id, 'spec'), encodeUtf8('{}'));
    this.time += lateMs;
    await this.act(process, trouble, async () => {
      const commit = (): Promise<unknown> => catalog.commit(LOGS, { job: job.id, segments, deleteIds: deleted });
      try {
        await commit().catch((error: unknown) => {
          // As a message that comes again, unless nobody knows the job any more.
          if (!isQuarryError(error) || error.code !== 'store_unavailable' || !this.known.has(job.id)) throw error;
          return commit();
        });
        this.acknowledged.add(job.id);
      } finally {
        this.known.delete(job.id);
      }
    });
  }

  /** Rebuilds everything that is there into one segment. */
  async compact(process: number, trouble?: Trouble): Promise<void> {
    const { catalog } = this.processes[process]!;
    const job: Job = { id: this.ids.next(), createdAt: this.time, change: { docs: new Map(), deleted: [] } };
    const manifest = await catalogOn(this.store).snapshot(LOGS, { consistency: 'strong' });
    if (manifest.segments.length === 0) return;
    this.known.set(job.id, job);
    this.jobs.set(job.id, job);
    await this.act(process, trouble, async () => {
      try {
        const live = await liveDocuments(catalogOn(this.store), manifest);
        const documents = [...live].map(([id, value]) => ({ id, value }));
        const output = await writeSegment(this.store, catalog, documents, LOGS, this.ids);
        const group = { inputs: manifest.segments.map(({ id }) => id), outputs: [output] };
        await catalog.replace(LOGS, { job: job.id, version: manifest.version, groups: [group] });
      } finally {
        this.known.delete(job.id);
      }
    });
  }

  /** What nobody will ever name: a segment of a worker that died, an upload whose job was never made. */
  async litter(): Promise<void> {
    const [{ catalog }] = this.processes as [CollectWorld['processes'][number]];
    await writeSegment(this.store, catalog, [{ id: 'lost', value: -1 }], LOGS, this.ids);
    await this.store.put(catalog.stagingKey(LOGS, this.ids.next(), 'documents'), encodeUtf8('lost'));
  }

  async collect(process: number, trouble?: Trouble): Promise<Collected | undefined> {
    let collected: Collected | undefined;
    await this.act(process, trouble, async () => {
      collected = await this.processes[process]!.catalog.collect(LOGS, {
        graceMs: GRACE_MS,
        oldestJobAt: Math.min(...[...this.known.values()].map(({ createdAt }) => createdAt)),
        isKnownJob: async (id) => this.known.has(id),
        signal: new AbortController().signal,
      });
    });
    return collected;
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.store.list('')) keys.push(key);
    return keys;
  }

  /** The manifests that count: the run without gaps that ends with the newest, from the boundary on. */
  async manifests(keys: readonly string[]): Promise<StoredManifest[]> {
    const boundary = await new Boundary(this.store).read(LOGS);
    const versions = keys.flatMap((key) => versionOfKey(key) ?? []).filter((version) => version >= boundary);
    const first = versions.findLastIndex((version, at) => at > 0 && versions[at - 1] !== version - 1);
    const paths = objectPaths(LOGS);
    return Promise.all(
      versions.slice(Math.max(0, first)).map(async (version) => {
        const key = paths.manifest(version);
        return decodeManifest(await this.store.get(key), key, version);
      }),
    );
  }

  /** What must hold at every moment, whatever is under way. */
  async check(): Promise<void> {
    const keys = await this.keys();
    const present = new Set(keys);
    const manifests = await this.manifests(keys);
    for (const { version, segments } of manifests) {
      for (const { key, deletes } of segments) {
        for (const needed of [key, ...(deletes ? [deletes.key] : [])]) {
          expect({ version, needed, present: present.has(needed) }).toEqual({ version, needed, present: true });
        }
      }
    }
    this.checkReaders(new Set(manifests.map(({ version }) => version)));
    await this.checkContent(manifests.at(-1)!);
  }

  /** MAN-3: a version can be read for as long as the grace period after it was superseded. */
  private checkReaders(readable: ReadonlySet<number>): void {
    for (const version of this.madeAt.keys()) {
      const superseded = this.madeAt.get(version + 1) ?? this.time;
      if (superseded > this.time - GRACE_MS) expect([...readable]).toContain(version);
    }
  }

  /** Every job that was acknowledged is in it once, and it holds what its jobs say, in their order. */
  private async checkContent(newest: StoredManifest): Promise<void> {
    const rows = newest.jobs.map(({ id }) => id);
    expect(new Set(rows).size).toBe(rows.length);
    for (const id of this.acknowledged) expect(rows).toContain(id);
    const wanted = new Map<string, number>();
    for (const id of rows) {
      const { docs, deleted } = this.jobs.get(id)!.change;
      for (const each of deleted) wanted.delete(each);
      for (const [each, value] of docs) wanted.set(each, value);
    }
    expect(await liveDocuments(catalogOn(this.store), newest)).toEqual(wanted);
  }

  /** In the end nothing is left but what the newest version names. */
  async checkClean(): Promise<void> {
    await this.goOn();
    this.forget();
    this.pass(2 * GRACE_MS);
    await this.collect(0);
    // A last change moves the numbers on, and what was made for a number that lost with them.
    await this.write(0, ['last'], [], 0);
    this.pass(2 * GRACE_MS);
    await this.collect(1);
    this.pass(2 * GRACE_MS);
    await this.collect(2 % this.processes.length);
    await this.check();
    const [newest, ...more] = (await this.manifests(await this.keys())).toReversed();
    expect(more).toEqual([]);
    const paths = objectPaths(LOGS);
    const named = newest!.segments.flatMap(({ key, deletes }) => [key, ...(deletes ? [deletes.key] : [])]);
    const left = [...named, paths.manifest(newest!.version), paths.boundary, paths.collector];
    expect(await this.keys()).toEqual(left.toSorted());
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
