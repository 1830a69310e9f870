import { createIds, seededRandom, systemClock, Yielder } from '#libs/kernel';
import { analysisOf } from '#libs/analysis';
import { isImmutableKey, ObjectStoreIndexCatalog } from '#libs/index';
import { CachingObjectStore, MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import { parseSearchRequest, type SearchPartial, type SearchRequest } from '#libs/query';
import { createSegmentBuilder, type BuiltSegment, type FieldSpec } from '#libs/segment';
import type { ThreadEntry, ThreadPool } from '#libs/threads';
import type { TaskContext } from '../../job-kind.ts';
import { openSearchThreads } from '../../threads/open-search-threads.ts';
import { SearchKind } from './search-kind.ts';
import { SearchThreads } from './search-threads.ts';

const NAME = { tenant: 'acme', index: 'logs' };

export interface FixtureDocument {
  readonly id: string;
  /** Values by field; multi-fields take those of their source. */
  readonly values: Readonly<Record<string, readonly (string | number | boolean)[]>>;
}

export interface SearchFixtureOptions {
  readonly fields: Readonly<Record<string, FieldSpec>>;
  /** One commit each, in order: what a later one has again is deleted in the earlier ones. */
  readonly segments: readonly (readonly FixtureDocument[])[];
  /** Bodies from this size on are in shared memory. */
  readonly shareFromBytes?: number;
  /** Stands below the cache. */
  readonly wrap?: (store: ObjectStore) => ObjectStore;
  readonly entry?: ThreadEntry;
  readonly threads?: number;
  /** As of SearchKind: 1 gives each segment a task of its own. */
  readonly taskBytes?: number;
  /** What is expected of a search, in ms, as the rule is told. */
  readonly belongs?: (expectedMs: number) => boolean;
}

export interface SearchFixture {
  readonly pool: ThreadPool;
  /** Runs all tasks of a search, in the main thread or where the rule sends them. */
  search(place: 'inline' | 'threads', request: SearchRequest, over?: Partial<TaskContext>): Promise<SearchPartial[]>;
  /** One task after the other, each recorded before the next begins. */
  searchInTurn(place: 'inline' | 'threads', request: SearchRequest): Promise<SearchPartial[]>;
  close(): Promise<void>;
}

/** An index on a store in memory, and a search kind without threads and one with. */
export async function searchFixture(options: SearchFixtureOptions): Promise<SearchFixture> {
  const { fields, segments, shareFromBytes = 64, wrap = (store) => store, entry, threads = 1, taskBytes } = options;
  const random = seededRandom(1);
  const ids = createIds(systemClock, random);
  const store = new MemoryObjectStore({ clock: systemClock });
  const cachedStore = new CachingObjectStore(wrap(store), {
    maxBytes: 32 * 2 ** 20,
    isImmutable: isImmutableKey,
    shareFromBytes,
  });
  const catalog = new ObjectStoreIndexCatalog({ store, cachedStore, clock: systemClock, random, ids });
  await catalog.create(NAME, { fields });
  for (const documents of segments) {
    const id = ids.next();
    const key = catalog.segmentKey(NAME, id);
    const built = buildSegment(documents, fields);
    await store.putStream(key, built.chunks());
    await catalog.commit(NAME, { job: ids.next(), segments: [{ id, key, meta: built.meta }] });
  }
  const pool = openSearchThreads({
    threads,
    cacheBytes: 16 * 2 ** 20,
    store: cachedStore,
    catalog,
    clock: systemClock,
    onLost: () => {},
    ...(entry && { entry }),
  });
  const sized = taskBytes === undefined ? {} : { taskBytes };
  const kinds = {
    inline: new SearchKind(catalog, sized),
    threads: new SearchKind(catalog, {
      ...sized,
      threads: new SearchThreads(pool, systemClock, options.belongs ?? (() => true)),
    }),
  };
  return {
    pool,
    close: () => pool.close(),
    search: async (place, request, over = {}) => {
      const kind = kinds[place];
      const context = { ...taskContext(), ...over };
      const { shared, tasks } = await kind.plan({ request }, context);
      return Promise.all(tasks.map((task) => kind.run(task, shared, { request }, context)));
    },
    searchInTurn: async (place, request) => {
      const kind = kinds[place];
      const context = taskContext();
      const { shared, tasks } = await kind.plan({ request }, context);
      const partials: SearchPartial[] = [];
      for (const task of tasks) {
        const partial = await kind.run(task, shared, { request }, context);
        kind.onRecorded(partial, context);
        partials.push(partial);
      }
      return partials;
    },
  };
}

export const searchOf = (body: object): SearchRequest => parseSearchRequest(body);

const taskContext = (): TaskContext & { workers: [] } => ({
  ...NAME,
  jobId: 'j',
  clock: systemClock,
  // `now` of all searches alike.
  createdAt: 1_711_000_000_000,
  startedAt: systemClock.now(),
  jobAttempt: 1,
  tries: 0,
  workers: [],
  signal: new AbortController().signal,
  task: 0,
  attempt: 1,
  progress: () => {},
});

function buildSegment(
  documents: readonly FixtureDocument[],
  fields: Readonly<Record<string, FieldSpec>>,
): BuiltSegment {
  const analysis = analysisOf(undefined);
  const builder = createSegmentBuilder({ analyzer: (name) => analysis.analyzer(name) });
  for (const { id, values } of documents) {
    builder.startDocument(id, new TextEncoder().encode(JSON.stringify(values)));
    for (const [name, spec] of Object.entries(fields)) {
      const field = builder.field(name, spec);
      for (const value of values[spec.source ?? name] ?? []) {
        if (spec.type === 'text') builder.addText(field, String(value));
        else if (spec.type === 'keyword') builder.addKeyword(field, String(value));
        else builder.addNumber(field, Number(value));
      }
    }
    builder.endDocument();
  }
  return builder.finish(new Yielder(systemClock));
}
