import { type Clock, type Random, systemClock, systemRandom } from '#libs/kernel';
import type { ObjectStore, RequestOptions } from '../object-store.ts';
import { DEFAULT_RETRY_POLICY, retrying, type RetryParts, type RetryPolicy } from '../retrying.ts';
import { InterceptingObjectStore, type StoreCall } from './intercepting-object-store.ts';

/**
 * Repeats what failed as `unavailable`, `timeout` or `overloaded`, with full jitter, a bounded number of times. A stream
 * is repeated until its first item; one that breaks later, and an upload, whose source can be read once only, fail.
 * A repeated `putIfAbsent` may answer false although the call created the object (see the port).
 */
export class RetryingObjectStore extends InterceptingObjectStore {
  private readonly parts: RetryParts;

  constructor(below: ObjectStore, options: { policy?: RetryPolicy; clock?: Clock; random?: Random } = {}) {
    super(below);
    const { policy = DEFAULT_RETRY_POLICY, clock = systemClock, random = systemRandom } = options;
    this.parts = { policy, clock, random };
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    if (call.operation === 'putStream') return proceed(call.options);
    return retrying(this.parts, call.options.signal, () => proceed(call.options));
  }

  protected override async *aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const { first, iterator } = await retrying(this.parts, call.options.signal, async () => {
      const begun = proceed(call.options)[Symbol.asyncIterator]();
      return { first: await begun.next(), iterator: begun };
    });
    let next = first;
    try {
      while (!next.done) {
        yield next.value;
        next = await iterator.next();
      }
    } finally {
      await iterator.return?.();
    }
  }
}
