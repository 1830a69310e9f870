import { crc32, encodeUtf8, isQuarryError, QuarryError, type Clock } from '#libs/kernel';
import { newStopFlag, raiseStopFlag, type SearchOptions, type SearchPartial } from '#libs/query';
import { Late, type ThreadPool } from '#libs/threads';
import type { ThreadedAnswer, ThreadedSearch } from './threaded-search.ts';
import { belongsInThread } from './thread-rule.ts';

/** A search as far as the main thread knows it. */
export interface SearchForThread {
  readonly search: Omit<ThreadedSearch, 'leftMs' | 'stop' | 'wantsFound'>;
  /** By the clock of the main thread. */
  readonly deadline: number | undefined;
  readonly signal: AbortSignal;
  readonly onFound: SearchOptions['onFound'];
}

/** In the main thread: has searches run in threads, if they are worth it. */
export class SearchThreads {
  constructor(
    private readonly pool: Pick<ThreadPool, 'run'>,
    private readonly clock: Clock,
    /** Of what is expected, in ms. Replaced by tests that want everything in threads. */
    private readonly belongs: (expectedMs: number) => boolean = belongsInThread,
  ) {}

  /** The rule alone; undefined: it stays here. */
  take(expectedMs: number, search: () => SearchForThread): Promise<SearchPartial | undefined> | undefined {
    return this.belongs(expectedMs) ? this.run(search()) : undefined;
  }

  /**
   * Undefined when more searches wait already than may: then it had better run here than fail. A thread that dies costs its
   * searches one more try; what kills two (memory) would kill this process, so then it fails as the runtime knows it
   * (`thread_lost`). Otherwise rejects as the search itself.
   */
  private async run(search: SearchForThread): Promise<SearchPartial | undefined> {
    try {
      return await this.once(search);
    } catch (error) {
      const { code } = isQuarryError(error) ? error : {};
      if (code === 'threads_busy') return undefined;
      if (code !== 'thread_lost') throw error;
      if (search.signal.aborted) throw new QuarryError('cancelled', 'the search was cancelled', { cause: error });
      return this.once(search);
    }
  }

  private async once({ search, deadline, signal, onFound }: SearchForThread): Promise<SearchPartial> {
    const stop = newStopFlag();
    const raise = (): void => raiseStopFlag(stop);
    const asked = new Late((): ThreadedSearch => ({
      ...search,
      stop,
      wantsFound: onFound !== undefined,
      ...(deadline !== undefined && { leftMs: deadline - this.clock.monotonic() }),
    }));
    signal.addEventListener('abort', raise, { once: true });
    try {
      // What a thread has parsed of an index is there for the next search of it.
      const home = crc32(encodeUtf8(search.segments[0] ?? ''));
      const { partial, found } = (await this.pool.run('search', asked, { signal, home })) as ThreadedAnswer;
      for (const [segment, finding] of found) onFound?.(segment, finding);
      return partial;
    } finally {
      signal.removeEventListener('abort', raise);
    }
  }
}
