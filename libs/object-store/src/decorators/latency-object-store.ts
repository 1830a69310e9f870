import type { Clock, Random } from '#libs/kernel';
import { fetchCoalesced, REMOTE_COALESCING } from '../coalesce-ranges.ts';
import type { ByteRange, ObjectStore, RequestOptions } from '../object-store.ts';
import { checkRange } from '../store-errors.ts';
import { InterceptingObjectStore, type StoreCall } from './intercepting-object-store.ts';

export interface Latency {
  readonly medianMs: number;
  /** Of the logarithm: 0 is constant, 0.5 is what S3 looks like, 1 has a heavy tail (p99 is ten times the median). */
  readonly sigma: number;
  /** What a connection carries once the first byte is there; without it, bodies come at once. */
  readonly bytesPerSecond?: number;
}

/** First-byte latencies as S3's are: p50 63 ms, p99 118 ms. */
export const S3_LATENCY: Latency = { medianMs: 63, sigma: 0.27 };

/**
 * Makes every request take as long as it would over a network: log-normal, waited for on the given clock. Ranges become the
 * requests that S3 would be asked, each with a latency of its own. For tests and benchmarks.
 */
export class LatencyObjectStore extends InterceptingObjectStore {
  private readonly latency: Latency;
  private readonly clock: Clock;
  private readonly random: Random;

  constructor(below: ObjectStore, latency: Latency, parts: { clock: Clock; random: Random }) {
    super(below);
    this.latency = latency;
    this.clock = parts.clock;
    this.random = parts.random;
  }

  override async getRanges(
    key: string,
    ranges: readonly ByteRange[],
    options: RequestOptions = {},
  ): Promise<Uint8Array[]> {
    if (ranges.length === 0) return this.below.getRanges(key, ranges, options);
    for (const range of ranges) checkRange(key, range);
    const fetch = (range: ByteRange): Promise<Uint8Array> => this.get(key, { ...options, range });
    return fetchCoalesced(ranges, REMOTE_COALESCING, fetch, options.maxRequests);
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    await this.wait(call);
    const result = await proceed(call.options);
    const { bytesPerSecond } = this.latency;
    if (bytesPerSecond !== undefined && result instanceof Uint8Array) {
      await this.clock.sleep((1000 * result.length) / bytesPerSecond, call.options.signal);
    }
    return result;
  }

  protected override async *aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    await this.wait(call);
    yield* proceed(call.options);
  }

  private wait(call: StoreCall): Promise<void> {
    return this.clock.sleep(this.latency.medianMs * Math.exp(this.latency.sigma * this.normal()), call.options.signal);
  }

  /** A standard normal number by the Box–Muller transform. */
  private normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random.next())) * Math.cos(2 * Math.PI * this.random.next());
  }
}
