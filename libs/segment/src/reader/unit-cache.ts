import type { UnitRange } from '../unit.ts';
import { checkedBody } from '../unit.ts';

/**
 * What is parsed of a unit hangs on the very bytes that the source answered: while a cache keeps answering the same
 * instance nothing is verified or parsed again, and when the cache lets go of it, so do we.
 */
export class UnitCache {
  private readonly parsed = new WeakMap<Uint8Array, unknown>();

  /** `parse` gets the verified body. One unit is always parsed the same way. Throws `corrupt`. */
  get<T extends object>(unit: Uint8Array, range: UnitRange, parse: (body: Uint8Array) => T): T {
    const known = this.parsed.get(unit);
    if (known !== undefined) return known as T;
    const made = parse(checkedBody(unit, range));
    this.parsed.set(unit, made);
    return made;
  }
}
