import { createIds, encodeUtf8, seededRandom, systemClock } from '#libs/kernel';
import { ObjectStoreIndexCatalog } from '#libs/index';
import { MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import type { JobContext, TaskContext } from '../../job-kind.ts';
import type { ImportShared } from './import-kind.ts';
import { ImportKind } from './import-kind.ts';
import type { ImportTask } from './cut-tasks.ts';
import type { ImportParts } from './import-parts.ts';
import type { ImportSpec } from './import-spec.ts';

const random = seededRandom(1);
const ids = createIds(systemClock, random);

export interface ImportFixture {
  readonly catalog: ObjectStoreIndexCatalog;
  readonly store: ObjectStore;
  readonly kind: ImportKind;
  /** The import of all files, planned, in an index that it made; version 1. */
  readonly planned: (spec?: Record<string, unknown>) => Promise<PlannedImport>;
}

export interface PlannedImport {
  readonly kind: ImportKind;
  readonly spec: ImportSpec;
  readonly shared: ImportShared;
  readonly tasks: ImportTask[];
  readonly context: (jobAttempt?: number, over?: Partial<TaskContext>) => TaskContext;
}

/** An import kind on stores in memory: `files` lie at `s3://b/…`, or anywhere when the key is a whole URL. */
export async function importFixture(
  files: Readonly<Record<string, string | Uint8Array>>,
  {
    memoryBytes = 64 * 1024 * 1024,
    wrap = (store: ObjectStore) => store,
    threads,
  }: { memoryBytes?: number; wrap?: (store: ObjectStore) => ObjectStore; threads?: ImportParts['threads'] } = {},
): Promise<ImportFixture> {
  const store = wrap(new MemoryObjectStore({ clock: systemClock }));
  const sources = new MemoryObjectStore({ clock: systemClock });
  for (const [key, body] of Object.entries(files)) {
    await sources.put(key, typeof body === 'string' ? encodeUtf8(body) : body);
  }
  const catalog = new ObjectStoreIndexCatalog({ store, clock: systemClock, random, ids });
  const opener = {
    open: async (url: string) => ({
      store: sources,
      key: url.replace('s3://b/', ''),
      urlOf: (key: string) => `s3://b/${key}`,
    }),
  };
  const kind = new ImportKind({
    catalog,
    store,
    clock: systemClock,
    ids,
    memoryBytes,
    opener,
    ...(threads && { threads }),
  });
  const jobId = ids.next();
  const context = (jobAttempt = 1, over: Partial<TaskContext> = {}): TaskContext & JobContext => ({
    jobId,
    tenant: 'acme',
    index: 'logs',
    createdAt: systemClock.now(),
    startedAt: systemClock.now(),
    jobAttempt,
    tries: 0,
    workers: [],
    clock: systemClock,
    signal: new AbortController().signal,
    task: 0,
    attempt: 1,
    progress: () => {},
    ...over,
  });
  const planned = async (given: Record<string, unknown> = {}): Promise<PlannedImport> => {
    const spec = kind.spec.parse({ sources: ['s3://b/'], ...given });
    const { shared, tasks } = await kind.plan(spec, context());
    return { kind, spec, shared, tasks, context };
  };
  return { catalog, store, kind, planned };
}
