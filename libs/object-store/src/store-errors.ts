import { invalid, notFound, QuarryError } from '#libs/kernel';
import type { ByteRange } from './object-store.ts';

export const objectNotFound = (key: string): QuarryError =>
  notFound('object_not_found', `there is no object "${key}"`, { key });

export const badRange = (key: string, range: ByteRange, size?: number): QuarryError =>
  invalid(
    'bad_range',
    `${range.length} bytes from ${range.offset} are not a range of "${key}"` +
      (size === undefined ? '' : `, which has ${size} bytes`),
    { key, offset: range.offset, length: range.length, ...(size !== undefined && { size }) },
  );

export const cancelled = (what: string): QuarryError => new QuarryError('cancelled', `${what} was cancelled`);

export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw cancelled(what);
}

/** Throws `bad_range` for what is no range of any object; `size` is the object's where it is known. */
export function checkRange(key: string, range: ByteRange, size = Infinity): void {
  const { offset, length } = range;
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length) || length < 1)
    throw badRange(key, range);
  if (offset + length > size) throw badRange(key, range, size);
}

/**
 * The bytes `[offset, end)` that a stream of `range` covers in an object of `size` bytes. As `checkRange`, but the length
 * may be Infinity, and then the range may begin at the very end.
 */
export function streamBounds(key: string, range: ByteRange | undefined, size: number): { offset: number; end: number } {
  if (range === undefined) return { offset: 0, end: size };
  if (range.length !== Infinity) {
    checkRange(key, range, size);
    return { offset: range.offset, end: range.offset + range.length };
  }
  if (!Number.isSafeInteger(range.offset) || range.offset < 0) throw badRange(key, range);
  if (range.offset > size) throw badRange(key, range, size);
  return { offset: range.offset, end: size };
}
