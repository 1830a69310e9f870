import { type Clock, LatencyWindow, type Pace, systemClock } from '#libs/kernel';
import { type CoalescePolicy, fetchCoalesced, REMOTE_COALESCING } from '../coalesce-ranges.ts';
import { checkKey } from '../object-key.ts';
import type { ByteRange, ObjectStore, RequestOptions } from '../object-store.ts';
import { isPassing } from '../retrying.ts';
import { checkRange } from '../store-errors.ts';
import { InterceptingObjectStore, type StoreCall } from './intercepting-object-store.ts';

export interface HedgingOptions {
  readonly clock?: Clock;
  /** Of all requests, so many may be made a second time: the extra load is never more. */
  readonly share?: number;
  /** How ranges become requests, each of which is hedged by itself. */
  readonly coalescing?: CoalescePolicy;
}

export interface HedgeCounts {
  /** Second requests that were made. */
  readonly sent: number;
  /** Those that answered first. */
  readonly won: number;
}

const DEFAULT_SHARE = 0.05;
/** Unused shares are saved up to so many hedges: a store that slows down is not asked twice for everything. */
const MAX_SAVED = 5;
/** What answers faster than this is near, and its slowness is rather ours: a busy process must not ask twice. */
const MIN_DELAY_MS = 20;

/**
 * Makes a `get` a second time when its first byte takes longer than that of 95 in 100 of the latest; the first to answer
 * counts and the other is cancelled. Latencies are learnt as they come, so a new process hedges nothing at first.
 *
 * Where even the slowest of them come within a median after the 95th, a second request would only come later than the first:
 * then it is made one median later, when the first has stalled.
 */
export class HedgingObjectStore extends InterceptingObjectStore {
  private readonly clock: Clock;
  private readonly share: number;
  private readonly coalescing: CoalescePolicy;
  private readonly firstBytes = new LatencyWindow();
  private saved = 1;
  private sent = 0;
  private won = 0;

  constructor(below: ObjectStore, options: HedgingOptions = {}) {
    super(below);
    const { clock = systemClock, share = DEFAULT_SHARE, coalescing = REMOTE_COALESCING } = options;
    this.clock = clock;
    this.share = share;
    this.coalescing = coalescing;
  }

  counts(): HedgeCounts {
    return { sent: this.sent, won: this.won };
  }

  override async getRanges(
    key: string,
    ranges: readonly ByteRange[],
    options: RequestOptions = {},
  ): Promise<Uint8Array[]> {
    checkKey(key);
    for (const range of ranges) checkRange(key, range);
    const fetch = (range: ByteRange): Promise<Uint8Array> => this.get(key, { ...options, range });
    return fetchCoalesced(ranges, this.coalescing, fetch, options.maxRequests);
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    return call.operation === 'get' ? this.race(call.options, proceed) : proceed(call.options);
  }

  protected override aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncIterable<T> {
    return proceed(call.options);
  }

  private async race<T>(options: RequestOptions, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    this.saved = Math.min(MAX_SAVED, this.saved + this.share);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const running = new Set<AbortController>();
    let stopTimer: (() => void) | undefined;
    const launch = (isHedge: boolean): void => {
      const abort = new AbortController();
      running.add(abort);
      const hasBegun = this.timeFirstByte();
      const ended = (): void => {
        hasBegun();
        stopTimer?.();
        running.delete(abort);
      };
      const onFirstByte = (): void => {
        hasBegun();
        // It is on its way: a second one would not be faster.
        if (!isHedge) stopTimer?.();
        options.onFirstByte?.();
      };
      const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
      proceed({ ...options, signal, onFirstByte }).then(
        (value) => {
          ended();
          if (isHedge) this.won++;
          resolve(value);
          for (const loser of running) loser.abort();
        },
        (error: unknown) => {
          ended();
          // What is wrong with the request is wrong with both.
          if (running.size === 0 || !isPassing(error)) reject(error);
        },
      );
    };
    launch(false);
    const pace = this.firstBytes.pace();
    if (pace) {
      stopTimer = this.clock.after(Math.max(MIN_DELAY_MS, hedgeDelayMs(pace)), () => {
        if (running.size === 0 || options.signal?.aborted || !this.takeOne()) return;
        if (options.stats) options.stats.hedges = (options.stats.hedges ?? 0) + 1;
        launch(true);
      });
    }
    return promise;
  }

  private takeOne(): boolean {
    if (this.saved < 1) return false;
    this.saved--;
    this.sent++;
    return true;
  }

  /** @returns to be called when the first byte is there, or never will be; only the first call counts */
  private timeFirstByte(): () => void {
    const started = this.clock.monotonic();
    let known = false;
    return () => {
      if (!known) this.firstBytes.add(this.clock.monotonic() - started);
      known = true;
    };
  }
}

const hedgeDelayMs = ({ p50Ms, p95Ms, p99Ms }: Pace): number => (p99Ms - p95Ms > p50Ms ? p95Ms : p95Ms + p50Ms);
