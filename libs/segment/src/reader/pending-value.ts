import { assert } from '#libs/kernel';
import type { Pending } from '../segment-reader.ts';

/** States: pending → settled, by the flush of its wave. */
export class PendingValue<T> implements Pending<T> {
  private settled = false;
  private settledValue: T | undefined;

  get value(): T {
    assert(this.settled, 'a wave is flushed before its values are read');
    return this.settledValue as T;
  }

  settle(value: T): void {
    this.settledValue = value;
    this.settled = true;
  }
}
