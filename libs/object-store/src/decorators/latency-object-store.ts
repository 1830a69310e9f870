import type { Clock, Random } from '#libs/kernel';
import type { ObjectStore, RequestOptions } from '../object-store.ts';
import { InterceptingObjectStore, type StoreCall } from './intercepting-object-store.ts';

export interface Latency {
  readonly medianMs: number;
  /** Of the logarithm: 0 is constant, 0.5 is what S3 looks like, 1 has a heavy tail (p99 is ten times the median). */
  readonly sigma: number;
}

/** Makes every call take as long as it would over a network: log-normal, waited for on the given clock. For tests. */
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

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    await this.wait(call);
    return proceed(call.options);
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
