import { toErrorRecord, type Clock } from '#libs/kernel';
import type { IndexSchema, OpenedSegment, SegmentEntry } from '#libs/index';
import type { AccessStats, RequestOptions } from '#libs/object-store';
import {
  Deadline,
  searchSegments,
  type CompiledQuery,
  type SearchOptions,
  type SearchPartial,
  type SearchRequest,
  type SearchStatistics,
} from '#libs/query';
import { querySchema } from './manifest-view.ts';

/** What a task searches. */
export interface SearchTaskInput {
  readonly entries: readonly SegmentEntry[];
  readonly request: SearchRequest;
  readonly compiled: CompiledQuery;
  readonly schema: IndexSchema;
  readonly statistics: SearchStatistics;
}

/** What a task runs with: in the main thread or in another. */
export interface SearchTaskSite extends Pick<
  SearchOptions,
  'results' | 'stop' | 'deadline' | 'onFound' | 'floor' | 'tellsFloor'
> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly open: (entry: SegmentEntry, options: RequestOptions) => Promise<OpenedSegment>;
  /** As in SearchOptions; told which segments could be opened. */
  readonly elsewhere?: (
    expectedMs: number,
    opened: readonly string[],
  ) => Promise<SearchPartial | undefined> | undefined;
}

/** Opens the segments of a task and searches them; the receipt says what was read for it, wherever that was. */
export async function runSearchTask(task: SearchTaskInput, site: SearchTaskSite): Promise<SearchPartial> {
  const { entries, request, compiled, schema, statistics } = task;
  const { clock, signal, results, stop, deadline, onFound, floor, tellsFloor = false, elsewhere } = site;
  const stats: AccessStats = { gets: 0, bytes: 0, cacheHits: 0 };
  const openedAt = clock.monotonic();
  const { opened, failed } = await openEach(entries, stats, site);
  const openMs = clock.monotonic() - openedAt;
  const partial = await searchSegments(opened, request, compiled, querySchema(schema), statistics, {
    clock,
    signal,
    tellsFloor,
    ...(floor !== undefined && { floor }),
    ...(results && { results }),
    ...(stop && { stop }),
    ...(onFound && { onFound }),
    ...(deadline !== undefined && { deadline }),
    ...(elsewhere && {
      elsewhere: (expectedMs: number) =>
        elsewhere(
          expectedMs,
          opened.map(({ id }) => id),
        ),
    }),
  });
  const { receipt } = partial;
  const hedges = (receipt.hedges ?? 0) + (stats.hedges ?? 0);
  return {
    ...partial,
    attempted: partial.attempted + failed.length,
    failed: [...partial.failed, ...failed],
    receipt: {
      ...receipt,
      gets: receipt.gets + stats.gets,
      bytes: receipt.bytes + stats.bytes,
      cacheHits: receipt.cacheHits + stats.cacheHits,
      ...((receipt.hedges ?? stats.hedges) !== undefined && { hedges }),
      ioMs: receipt.ioMs + openMs,
    },
  };
}

/** A segment that cannot be opened, or not in time, is a failed shard; the others are searched. */
async function openEach(
  entries: readonly SegmentEntry[],
  stats: AccessStats,
  { clock, signal, stop, deadline: at, open }: SearchTaskSite,
): Promise<{ opened: OpenedSegment[]; failed: SearchPartial['failed'][number][] }> {
  const deadline = new Deadline(clock, at, signal, stop);
  const opened: OpenedSegment[] = [];
  const failed: SearchPartial['failed'][number][] = [];
  const outcomes = await Promise.allSettled(entries.map((entry) => deadline.race(open(entry, { stats }))));
  for (const [nth, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') opened.push(outcome.value);
    else failed.push({ segment: entries[nth]!.id, error: toErrorRecord(outcome.reason) });
  }
  return { opened, failed };
}
