import { LRUCache } from 'lru-cache';
import { fromErrorRecord, systemClock, toErrorRecord, type ErrorRecord } from '#libs/kernel';
import { SegmentOpener, type IndexCatalog, type IndexName, type Manifest } from '#libs/index';
import type { AccessStats, ByteRange, ObjectStore, RequestOptions } from '#libs/object-store';
import { compileSearch, type SearchPartial, type SearchRequest, type SegmentFinding, type StopFlag } from '#libs/query';
import { querySchema } from './manifest-view.ts';
import { movedBodies, Moved, type Caller, type Conversation } from '#libs/threads';
import { FilterCache } from './filter-cache.ts';
import { runSearchTask } from './run-search-task.ts';
import type { SearchShared } from './search-shared.ts';

/** What a thread is asked. The manifest, which may be large, it asks for when it has not seen it. */
export interface ThreadedSearch {
  readonly name: IndexName;
  readonly segments: readonly string[];
  readonly request: SearchRequest;
  readonly shared: Pick<SearchShared, 'version' | 'statistics' | 'now'>;
  /** As in SearchOptions. */
  readonly floor?: number;
  readonly tellsFloor: boolean;
  /** What is left of the time allowed when the thread is asked; clocks of threads begin at different times. */
  readonly leftMs?: number;
  readonly stop: StopFlag;
  /** Whether what single segments have contributed is wanted, too. */
  readonly wantsFound: boolean;
}

export interface ThreadedAnswer {
  readonly partial: SearchPartial;
  readonly found: readonly (readonly [segment: string, SegmentFinding])[];
}

/** Bytes that one thread may keep: its share of the cache's memory. */
export interface SearchThreadMemory {
  readonly parsed: number;
  /** Of footers, and as much of bitmaps of deletes. */
  readonly opened: number;
  readonly filters: number;
}

export const searchThreadMemory = (bytes: number): SearchThreadMemory => ({
  parsed: Math.floor((bytes * 5) / 8),
  opened: Math.floor(bytes / 8),
  filters: Math.floor(bytes / 8),
});

/** `ranges` undefined: the whole object. */
interface ThreadRead extends Pick<RequestOptions, 'maxRequests'> {
  readonly key: string;
  readonly ranges?: readonly ByteRange[];
}
/** What reading cost is told also where it failed. */
type ThreadReadAnswer = { readonly spent: AccessStats } & (
  { readonly bodies: readonly Uint8Array[] } | { readonly error: ErrorRecord }
);

/** What a thread that searches asks of the main thread, which alone reads and owns the cache. */
export type SearchHost = {
  read(read: ThreadRead, caller: Caller): Promise<Moved<ThreadReadAnswer> | ThreadReadAnswer>;
  manifest(of: { readonly name: IndexName; readonly version: number }): Promise<Manifest>;
};

/** In the main thread. @param store a caching one, whose large bodies are in shared memory */
export function searchHost(store: Reads, catalog: Pick<IndexCatalog, 'version'>): SearchHost {
  return {
    manifest: ({ name, version }) => catalog.version(name, version),
    read: async ({ key, ranges, maxRequests }, { signal }) => {
      const spent: AccessStats = { gets: 0, bytes: 0, cacheHits: 0 };
      const options = { stats: spent, signal, ...(maxRequests !== undefined && { maxRequests }) };
      try {
        const bodies = ranges ? await store.getRanges(key, ranges, options) : [await store.get(key, options)];
        const { value, buffers } = movedBodies(bodies);
        return new Moved({ bodies: value, spent }, buffers);
      } catch (error) {
        return { error: toErrorRecord(error), spent };
      }
    },
  };
}

type Reads = Pick<ObjectStore, 'get' | 'getRanges'>;

/** In a thread: the store that asks the main thread. */
function hostStore(conversation: () => Conversation): Reads {
  const read = async (
    key: string,
    ranges: readonly ByteRange[] | undefined,
    { stats, signal, maxRequests }: RequestOptions,
  ): Promise<Uint8Array[]> => {
    const asked: ThreadRead = { key, ...(ranges && { ranges }), ...(maxRequests !== undefined && { maxRequests }) };
    const answer = (await conversation().call('read', asked, { ...(signal && { signal }) })) as ThreadReadAnswer;
    const { spent } = answer;
    if (stats) {
      stats.gets += spent.gets;
      stats.bytes += spent.bytes;
      stats.cacheHits += spent.cacheHits;
      if (spent.hedges !== undefined) stats.hedges = (stats.hedges ?? 0) + spent.hedges;
    }
    if ('error' in answer) throw fromErrorRecord(answer.error);
    return [...answer.bodies];
  };
  return {
    getRanges: (key, ranges, options = {}) => read(key, ranges, options),
    get: async (key, { range, ...options } = {}) => (await read(key, range && [range], options))[0]!,
  };
}

/** Versions whose manifests a thread keeps. */
const KEPT_MANIFESTS = 4;

/** In a thread: runs searches as the main thread would, and keeps for the next one what it has parsed. */
export class ThreadedSearches {
  private readonly opener: SegmentOpener;
  private readonly filters: FilterCache;
  private readonly manifests = new LRUCache<string, Promise<Manifest>>({ max: KEPT_MANIFESTS });

  constructor(
    private readonly conversation: () => Conversation,
    memory: SearchThreadMemory,
  ) {
    this.opener = new SegmentOpener(hostStore(conversation), memory.opened);
    this.filters = new FilterCache(memory.filters);
  }

  async run(asked: ThreadedSearch, { signal }: Caller): Promise<ThreadedAnswer> {
    const { name, segments, request, shared, floor, tellsFloor, leftMs, stop, wantsFound } = asked;
    const clock = systemClock;
    const deadline = leftMs === undefined ? undefined : clock.monotonic() + leftMs;
    const manifest = await this.manifest(name, shared.version);
    const { schema } = manifest;
    const wanted = new Set(segments);
    const found: [string, SegmentFinding][] = [];
    const partial = await runSearchTask(
      {
        entries: manifest.segments.filter(({ id }) => wanted.has(id)),
        request,
        compiled: compileSearch(request, querySchema(schema), { now: shared.now }),
        schema,
        statistics: shared.statistics,
      },
      {
        clock,
        signal,
        stop,
        results: this.filters,
        tellsFloor,
        ...(floor !== undefined && { floor }),
        open: (entry, options) => this.opener.open(entry, { ...options, signal }),
        ...(wantsFound && { onFound: (segment: string, finding: SegmentFinding) => found.push([segment, finding]) }),
        ...(deadline !== undefined && { deadline }),
      },
    );
    return { partial, found };
  }

  private manifest(name: IndexName, version: number): Promise<Manifest> {
    const key = `${name.tenant}/${name.index}/${version}`;
    const kept = this.manifests.get(key);
    if (kept) return kept;
    const asked = this.conversation().call('manifest', { name, version }) as Promise<Manifest>;
    this.manifests.set(key, asked);
    asked.catch(() => this.manifests.delete(key));
    return asked;
  }
}
