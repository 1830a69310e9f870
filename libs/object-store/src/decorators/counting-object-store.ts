import type { AccessStats, RequestOptions } from '../object-store.ts';
import { InterceptingObjectStore, type StoreCall, type StoreOperation } from './intercepting-object-store.ts';

export interface StoreCounts {
  /** Requests by operation: of `getRanges` those the ranges became, of `list` and `deleteMany` one per 1000 keys. */
  readonly requests: Readonly<Record<StoreOperation, number>>;
  readonly totalRequests: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /**
   * The longest chain of requests that waited for each other: a request's wave is one more than the highest wave among
   * those that had ended when it began. What a cold reader waits for is rounds times the latency of the store.
   */
  readonly rounds: number;
}

const KEYS_PER_REQUEST = 1000;
const NO_REQUESTS: Readonly<Record<StoreOperation, number>> = {
  get: 0,
  getRanges: 0,
  getStream: 0,
  put: 0,
  putIfAbsent: 0,
  putStream: 0,
  head: 0,
  list: 0,
  deleteMany: 0,
};

/**
 * Counts what really reaches the store below: reads as the adapter reports them, so that a cache between here and there
 * shows. Over `MemoryObjectStore` the counts are those of S3.
 */
export class CountingObjectStore extends InterceptingObjectStore {
  private requests: Record<StoreOperation, number> = { ...NO_REQUESTS };
  private bytesRead = 0;
  private bytesWritten = 0;
  /** The highest wave among the requests that have ended. */
  private endedWave = 0;
  /** Raised by `reset`, so that what began before does not count as ended after. */
  private epoch = 0;

  snapshot(): StoreCounts {
    return {
      requests: { ...this.requests },
      totalRequests: Object.values(this.requests).reduce((sum, count) => sum + count, 0),
      bytesRead: this.bytesRead,
      bytesWritten: this.bytesWritten,
      rounds: this.endedWave,
    };
  }

  /** Everything from nought; requests under way are not counted in the new rounds. */
  reset(): void {
    this.requests = { ...NO_REQUESTS };
    this.bytesRead = 0;
    this.bytesWritten = 0;
    this.endedWave = 0;
    this.epoch++;
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    const end = this.begin(call);
    let written = call.bodyBytes ?? 0;
    try {
      const result = await proceed(end.options);
      if (call.operation === 'putStream') written = (result as { bytes: number }).bytes;
      return result;
    } finally {
      this.bytesWritten += written;
      end(call.operation === 'deleteMany' ? Math.ceil(call.keys.length / KEYS_PER_REQUEST) : 1);
    }
  }

  protected override async *aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    // A page is asked for when the reader comes to it, and has come with its first object.
    let end = this.begin(call);
    let items = 0;
    let pending = true;
    try {
      for await (const item of proceed(end.options)) {
        if (pending) {
          end(1);
          pending = false;
        }
        yield item;
        if (call.operation === 'list' && ++items % KEYS_PER_REQUEST === 0) {
          end = this.begin(call);
          pending = true;
        }
      }
    } finally {
      // The last full page says itself that nothing follows it.
      if (pending && (items === 0 || call.operation !== 'list')) end(1);
      if (call.operation === 'getStream') end.settle();
    }
  }

  /** The call returned ends the request: it gives how many there were, where the adapter's own count does not say. */
  private begin(call: StoreCall): ((count: number) => void) & { options: RequestOptions; settle: () => void } {
    const wave = this.endedWave + 1;
    const epoch = this.epoch;
    const own: AccessStats = { gets: 0, bytes: 0, cacheHits: 0 };
    const counted: AccessStats = { gets: 0, bytes: 0, cacheHits: 0 };
    const isRead = ['get', 'getRanges', 'getStream', 'head'].includes(call.operation);
    /** Passes on what the adapter has reported since the last time. */
    const settle = (): void => {
      if (epoch === this.epoch) {
        if (isRead) this.requests[call.operation] += own.gets - counted.gets;
        this.bytesRead += own.bytes - counted.bytes;
      }
      const { stats } = call.options;
      if (stats) {
        stats.gets += own.gets - counted.gets;
        stats.bytes += own.bytes - counted.bytes;
        stats.cacheHits += own.cacheHits - counted.cacheHits;
      }
      Object.assign(counted, own);
    };
    const end = (count: number): void => {
      const reached = isRead ? own.gets > 0 : count > 0;
      if (epoch === this.epoch) {
        if (!isRead) this.requests[call.operation] += count;
        if (reached) this.endedWave = Math.max(this.endedWave, wave);
      }
      settle();
    };
    return Object.assign(end, { options: { ...call.options, stats: own }, settle });
  }
}
