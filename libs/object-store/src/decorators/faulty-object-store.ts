import { QuarryError, type Random } from '#libs/kernel';
import type { ObjectStore, RequestOptions } from '../object-store.ts';
import { InterceptingObjectStore, type StoreCall } from './intercepting-object-store.ts';

/** What goes wrong with a call. */
export type StoreFault =
  /** `before`: nothing happened. `after`: it happened, and the answer was lost. */
  | { readonly at: 'before' | 'after'; readonly error?: QuarryError }
  /** A stream or listing that breaks off with an error after so many items; other calls fail before. */
  | { readonly afterItems: number; readonly error?: QuarryError };

/** Asked for every call, in order, `index` from 0; undefined lets it pass. */
export type FaultPlan = (call: StoreCall & { readonly index: number }) => StoreFault | undefined;

const outage = (): QuarryError =>
  new QuarryError('unavailable', 'the store is out of reach (an injected fault)', { code: 'store_unavailable' });

/** Fails call number `n`, counted from 0, and no other: run a scenario for every n up to `calls`. */
export const failCall =
  (n: number, fault: StoreFault = { at: 'before' }): FaultPlan =>
  ({ index }) =>
    index === n ? fault : undefined;

/** Fails each call with `probability`, half of them after their effect. */
export const failSometimes =
  (random: Random, probability: number): FaultPlan =>
  () => {
    const fails = random.next() < probability;
    const at = random.next() < 0.5 ? 'before' : 'after';
    return fails ? { at } : undefined;
  };

/** Fails calls on purpose, by a plan. For tests. */
export class FaultyObjectStore extends InterceptingObjectStore {
  private readonly plan: FaultPlan;
  /** How many calls there have been. */
  calls = 0;
  /** How many of them were failed. */
  faults = 0;

  constructor(below: ObjectStore, plan: FaultPlan) {
    super(below);
    this.plan = plan;
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    const fault = this.next(call);
    if (!fault) return proceed(call.options);
    if ('at' in fault && fault.at === 'after') await proceed(call.options);
    throw fault.error ?? outage();
  }

  protected override async *aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const fault = this.next(call);
    if (!fault) {
      yield* proceed(call.options);
      return;
    }
    let left = 'afterItems' in fault ? fault.afterItems : fault.at === 'after' ? Infinity : 0;
    if (left > 0)
      for await (const item of proceed(call.options)) {
        yield item;
        if (--left <= 0) break;
      }
    throw fault.error ?? outage();
  }

  private next(call: StoreCall): StoreFault | undefined {
    const fault = this.plan({ ...call, index: this.calls++ });
    if (fault) this.faults++;
    return fault;
  }
}
