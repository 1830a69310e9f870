import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { fromErrorRecord, kindOf, type ErrorRecord } from '#libs/kernel';
import type { IndexCatalog, Manifest, SnapshotOptions } from '#libs/index';
import {
  aggregationFilters,
  checkSearch,
  compileSearch,
  Deadline,
  emptySearchPartial,
  finishSearch,
  gatherDocFreqs,
  mergeSearchPartials,
  skippable,
  type CompiledQuery,
  type DocFreqs,
  type SearchPartial,
  type SearchRequest,
  type SearchResult,
} from '#libs/query';
import type { JobContext, JobKind, JobOutcome, TaskContext, TaskRoute } from '../../job-kind.ts';
import { cutSegments, TASK_SEGMENT_BYTES, type SearchTask } from './cut-segments.ts';
import { FilterCache } from './filter-cache.ts';
import { FindingCache } from './finding-cache.ts';
import { KnownFindings } from './known-findings.ts';
import { fieldStatistics, querySchema } from './manifest-view.ts';
import { runSearchTask } from './run-search-task.ts';
import { searchReceipt } from './search-receipt.ts';
import type { SearchShared } from './search-shared.ts';
import type { SearchThreads } from './search-threads.ts';

export interface SearchSpec {
  readonly request: SearchRequest;
}

export interface SearchKindOptions {
  /** Bytes of segments that one task looks through, at most (of several segments); 512 MiB if not given. */
  readonly taskBytes?: number;
  /** Bytes of bitmaps of filters that are kept for later searches; 32 MiB if not given. */
  readonly filterBytes?: number;
  /** Bytes of counts and aggregations of single segments that are kept for later searches; 32 MiB if not given. */
  readonly findingBytes?: number;
  /** Where searches run that take long; without it, all run in this thread. */
  readonly threads?: Pick<SearchThreads, 'take'>;
}

const DEFAULT_KEPT_BYTES = 32 * 2 ** 20;

/** Searches of several tasks that a process has a hand in at a time. */
const MAX_FLOORS = 1_000;

const attemptOf = ({ jobId, jobAttempt }: Pick<JobContext, 'jobId' | 'jobAttempt'>): string => `${jobId} ${jobAttempt}`;

/** What a request is refused for, when it is sure. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid', 'not-found']);

const versionOptions = ({ consistency, minVersion }: SearchRequest): SnapshotOptions => ({
  consistency,
  ...(minVersion !== undefined && { minVersion }),
});

/** Monotonic ms of this process; the time allowed began when the job did, wherever that was. */
function deadlineOf({ timeoutMs }: SearchRequest, context: JobContext): number | undefined {
  if (timeoutMs === undefined) return undefined;
  const { clock, startedAt, jobAttempt } = context;
  // A retry has its time anew: the job itself began long ago.
  const elapsed = jobAttempt === 1 ? clock.now() - startedAt : 0;
  return clock.monotonic() + timeoutMs - elapsed;
}

/** The `search` job: which documents match, best first. */
export class SearchKind implements JobKind<SearchSpec, SearchShared, SearchTask, SearchPartial, SearchResult> {
  readonly name = 'search';
  readonly role = 'search';
  readonly transient = true;
  readonly spec = z.object({
    request: z.custom<SearchRequest>((value) => typeof value === 'object' && value !== null),
  });

  private readonly filters: FilterCache;
  /** By attempt of a job: the best floor of the partials that were recorded here. */
  private readonly floors = new LRUCache<string, number>({ max: MAX_FLOORS });
  private readonly findings: FindingCache;
  private readonly taskBytes: number;

  private readonly threads: Pick<SearchThreads, 'take'> | undefined;

  constructor(
    private readonly catalog: IndexCatalog,
    options: SearchKindOptions = {},
  ) {
    this.taskBytes = options.taskBytes ?? TASK_SEGMENT_BYTES;
    this.filters = new FilterCache(options.filterBytes ?? DEFAULT_KEPT_BYTES);
    this.findings = new FindingCache(options.findingBytes ?? DEFAULT_KEPT_BYTES);
    this.threads = options.threads;
  }

  async admit({ request }: SearchSpec, context: Pick<JobContext, 'tenant' | 'index'>): Promise<void> {
    const check = async (options: SnapshotOptions): Promise<void> => {
      const manifest = await this.catalog.snapshot(context, options);
      checkSearch(request, querySchema(manifest.schema), { now: 0 });
    };
    try {
      await check({ consistency: 'eventual' });
    } catch (error) {
      // What this process remembers may be older than what another has acknowledged: it is proof of nothing missing.
      if (!REFUSALS.has(kindOf(error))) throw error;
      await check({ ...versionOptions(request), consistency: 'strong' });
    }
  }

  async plan({ request }: SearchSpec, context: JobContext): Promise<{ shared: SearchShared; tasks: SearchTask[] }> {
    const manifest = await this.catalog.snapshot(context, versionOptions(request));
    const now = context.createdAt;
    let statistics = fieldStatistics(manifest);
    const compiled = this.compile(request, manifest, now);
    if (request.searchType === 'dfs') {
      const docFreqs = await this.docFreqs(manifest, compiled, request, context);
      statistics = { ...statistics, ...(docFreqs && { docFreqs }) };
    }
    const canSkip = skippable(request, compiled, statistics.docFreqs !== undefined);
    const segments = manifest.segments.filter((segment) => !canSkip(segment));
    const skipped = manifest.segments.length - segments.length;
    // What no segment is asked for, or what is remembered of another search, refuses nothing: RESULT-1 holds for errors, too.
    if (skipped > 0 || request.size === 0) checkSearch(request, querySchema(manifest.schema), { now });
    const shared = { version: manifest.version, statistics, segments: manifest.segments.length, skipped, now };
    return { shared, tasks: cutSegments(segments, context.workers, this.taskBytes) };
  }

  async run(
    task: SearchTask,
    shared: SearchShared,
    { request }: SearchSpec,
    context: TaskContext,
  ): Promise<SearchPartial> {
    const manifest = await this.catalog.version(context, shared.version);
    const wanted = new Set(task.segments);
    const compiled = this.compile(request, manifest, shared.now);
    const asked = manifest.segments.filter((segment) => wanted.has(segment.id));
    const known = KnownFindings.of(this.findings, request, compiled, manifest, asked);
    const found = new Map(asked.map(({ id }, at) => [id, known?.partialOf(asked[at]!)]));
    const entries = asked.filter(({ id }) => found.get(id) === undefined);
    const { threads } = this;
    const { clock, signal, tenant, index } = context;
    const floor = this.floors.get(attemptOf(context));
    const tellsFloor = asked.length < shared.segments;
    const deadline = deadlineOf(request, context);
    const computed = await runSearchTask(
      { entries, request, compiled, schema: manifest.schema, statistics: shared.statistics },
      {
        clock,
        signal,
        results: this.filters,
        tellsFloor,
        ...(floor !== undefined && { floor }),
        open: (entry, options) => this.catalog.openOne(entry, options),
        ...(known && { onFound: known.offer }),
        ...(deadline !== undefined && { deadline }),
        ...(threads && {
          elsewhere: (expectedMs: number, segments: readonly string[]) =>
            threads.take(expectedMs, () => ({
              search: {
                name: { tenant, index },
                segments,
                request,
                shared,
                tellsFloor,
                ...(floor !== undefined && { floor }),
              },
              signal,
              deadline,
              onFound: known?.offer,
            })),
        }),
      },
    );
    let whole = computed;
    for (const one of found.values()) if (one) whole = mergeSearchPartials(whole, one, request);
    return whole;
  }

  /**
   * PRUNE-3: only a partial that is recorded, and whole, is one that others may rely on: it is merged with theirs whatever
   * happens, and no retry runs it again.
   */
  onRecorded({ floor, failed }: SearchPartial, context: Pick<JobContext, 'jobId' | 'jobAttempt'>): void {
    if (floor === undefined || failed.length > 0) return;
    const attempt = attemptOf(context);
    this.floors.set(attempt, Math.max(floor, this.floors.get(attempt) ?? -Infinity));
  }

  routeOf({ segments, worker }: SearchTask): TaskRoute {
    return { key: segments[0]!, ...(worker !== undefined && { worker }) };
  }

  timingsOf({ receipt }: SearchPartial): { ioMs: number; cpuMs: number } {
    return receipt;
  }

  failed(task: SearchTask, _shared: SearchShared, error: ErrorRecord): SearchPartial {
    return {
      attempted: task.segments.length,
      succeeded: 0,
      failed: task.segments.map((segment) => ({ segment, error })),
      total: { value: 0, relation: 'gte' },
      hits: [],
      aggs: {},
      receipt: { segments: 0, gets: 0, bytes: 0, cacheHits: 0, ioMs: 0, cpuMs: 0 },
    };
  }

  empty({ request }: SearchSpec): SearchPartial {
    return emptySearchPartial(request);
  }

  merge(a: SearchPartial, b: SearchPartial, { request }: SearchSpec): SearchPartial {
    return mergeSearchPartials(a, b, request);
  }

  async finish(
    partial: SearchPartial,
    shared: SearchShared,
    spec: SearchSpec,
    context: JobContext,
  ): Promise<JobOutcome<SearchResult>> {
    // What no segment can answer is the request's fault: an error for the client, not a result that covers nothing.
    const wrong = partial.failed.find(({ error }) => error.kind === 'invalid');
    if (wrong) throw fromErrorRecord(wrong.error);
    const result = await this.preview(partial, shared, spec, context);
    return { result, coverage: result.coverage, receipt: searchReceipt(partial.receipt, context) };
  }

  async preview(
    partial: SearchPartial,
    shared: SearchShared,
    { request }: SearchSpec,
    context: JobContext,
  ): Promise<SearchResult> {
    const manifest = await this.catalog.version(context, shared.version);
    const result = finishSearch(partial, request, querySchema(manifest.schema), {
      version: shared.version,
      tookMs: Math.max(0, context.clock.now() - context.createdAt),
      segments: shared.segments,
      skipped: shared.skipped ?? 0,
      compiled: this.compile(request, manifest, shared.now),
    });
    return { ...result, receipt: searchReceipt(partial.receipt, context) };
  }

  private compile(request: SearchRequest, manifest: Manifest, now: number): CompiledQuery {
    return compileSearch(request, querySchema(manifest.schema), { now });
  }

  /** Undefined when they do not come in time: then the tasks find the time over, too, and say so for each segment. */
  private async docFreqs(
    manifest: Manifest,
    compiled: CompiledQuery,
    request: SearchRequest,
    context: JobContext,
  ): Promise<DocFreqs | undefined> {
    const deadline = new Deadline(context.clock, deadlineOf(request, context), context.signal);
    const filters = aggregationFilters(request, querySchema(manifest.schema), compiled.now);
    const gather = async (): Promise<DocFreqs> =>
      gatherDocFreqs(compiled, await this.catalog.open(manifest.segments), filters);
    try {
      return await deadline.race(gather());
    } catch (error) {
      if (deadline.passed) return undefined;
      throw error;
    }
  }
}
