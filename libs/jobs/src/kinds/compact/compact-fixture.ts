import { createIds, encodeUtf8, seededRandom, systemClock, type Clock } from '#libs/kernel';
import { ObjectStoreIndexCatalog, type IndexName } from '#libs/index';
import { MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import type { SearchRequest, SearchResult } from '#libs/query';
import type { ThreadPool } from '#libs/threads';
import type { AnyJobKind, JobOutcome, TaskContext } from '../../job-kind.ts';
import { DeleteDocumentsKind } from '../delete/delete-documents-kind.ts';
import { ImportKind } from '../import/import-kind.ts';
import { SearchKind } from '../search/search-kind.ts';
import { CompactKind } from './compact-kind.ts';
import type { CompactResult } from './compact-spec.ts';

export type JsonDocument = Record<string, unknown> & { readonly _id: string };

/** A planned job whose steps a test takes when it likes, as often as it likes. */
export interface StepwiseJob<Result> {
  readonly tasks: readonly unknown[];
  readonly context: TaskContext;
  run(): Promise<void>;
  finish(): Promise<JobOutcome<Result>>;
}

/** An index on a store in memory, with the kinds that change and search it, each job run on the spot. */
export class IndexBench {
  readonly name: IndexName = { tenant: 'acme', index: 'logs' };
  readonly sources = new MemoryObjectStore({ clock: systemClock });
  readonly catalog: ObjectStoreIndexCatalog;
  private readonly ids;
  private imports = 0;

  constructor(
    readonly store: ObjectStore = new MemoryObjectStore({ clock: systemClock }),
    private readonly clock: Clock = systemClock,
    private readonly memoryBytes = 64 * 2 ** 20,
    seed = 1,
    private readonly threads?: ThreadPool,
  ) {
    const random = seededRandom(seed);
    this.ids = createIds(clock, random);
    this.catalog = new ObjectStoreIndexCatalog({ store, clock, random, ids: this.ids });
  }

  async create(fields: Parameters<ObjectStoreIndexCatalog['create']>[1]['fields'] = {}): Promise<void> {
    await this.catalog.create(this.name, { fields });
  }

  /** One import, which is one segment unless memory is short. */
  async add(documents: readonly JsonDocument[]): Promise<void> {
    const job = await this.planImport(documents);
    await job.run();
    const { result } = await job.finish();
    if (result.failed > 0) throw new Error(`refused: ${JSON.stringify(result)}`);
  }

  async planImport(documents: readonly JsonDocument[]): Promise<StepwiseJob<{ failed: number }>> {
    const key = `import-${this.imports++}.ndjson`;
    await this.sources.put(key, encodeUtf8(documents.map((document) => `${JSON.stringify(document)}\n`).join('')));
    const { sources } = this;
    const opener = { open: async () => ({ store: sources, key, urlOf: (each: string) => each }) };
    const kind = new ImportKind({ ...this.jobParts, opener });
    return this.plan(kind, { sources: ['s3://b/x'], format: 'ndjson' });
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.job(new DeleteDocumentsKind(this.catalog), { ids });
  }

  compact(spec: Record<string, unknown> = {}): Promise<JobOutcome<CompactResult>> {
    return this.job(new CompactKind(this.jobParts), spec);
  }

  planCompaction(
    spec: Record<string, unknown> = {},
    over: Partial<TaskContext> = {},
  ): Promise<StepwiseJob<CompactResult>> {
    return this.plan(new CompactKind(this.jobParts), spec, over);
  }

  /** What a client sees, without what depends on time and place. */
  async search(request: SearchRequest): Promise<Pick<SearchResult, 'hits' | 'total' | 'aggs'>> {
    const { result } = await this.job<SearchResult>(new SearchKind(this.catalog), { request });
    if (result.coverage !== 1) throw new Error(`not all was searched: ${JSON.stringify(result)}`);
    const { hits, total, aggs } = result;
    return { hits, total, ...(aggs && { aggs }) };
  }

  async segments(): Promise<number> {
    return (await this.catalog.snapshot(this.name, { consistency: 'strong' })).segments.length;
  }

  async job<Result>(kind: AnyJobKind, spec: unknown): Promise<JobOutcome<Result>> {
    const job = await this.plan<Result>(kind, spec);
    await job.run();
    return job.finish();
  }

  async plan<Result>(kind: AnyJobKind, asked: unknown, over: Partial<TaskContext> = {}): Promise<StepwiseJob<Result>> {
    const spec: unknown = kind.spec.parse(asked);
    const context = { ...this.context(), ...over };
    const { shared, tasks } = await kind.plan(spec, context);
    let folded: unknown = kind.empty(spec, shared);
    return {
      tasks,
      context,
      run: async () => {
        folded = kind.empty(spec, shared);
        for (const [task, message] of tasks.entries()) {
          folded = kind.merge(folded, await kind.run(message, shared, spec, { ...context, task }), spec);
        }
      },
      finish: () => kind.finish(folded, shared, spec, context) as Promise<JobOutcome<Result>>,
    };
  }

  private context(): TaskContext {
    return {
      ...this.name,
      jobId: this.ids.next(),
      createdAt: 1_712_000_000_000,
      startedAt: this.clock.now(),
      jobAttempt: 1,
      tries: 0,
      workers: [],
      clock: this.clock,
      signal: new AbortController().signal,
      task: 0,
      attempt: 1,
      progress: () => {},
    };
  }

  /** What kinds that build segments are made of. */
  get jobParts(): ConstructorParameters<typeof CompactKind>[0] {
    const { catalog, store, clock, ids, memoryBytes, threads } = this;
    return { catalog, store, clock, ids, memoryBytes, ...(threads && { threads }) };
  }
}
