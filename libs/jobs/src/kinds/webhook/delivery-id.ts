import { createHash } from 'node:crypto';
import { ulid } from 'ulid';

/**
 * The id of a job that follows from what it is for: a ULID of the given time whose random part is a hash. Whoever wants
 * the same thing done makes the same job, and the job store keeps one.
 */
export function deliveryId(atMs: number, ...what: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(what)).digest();
  let next = 0;
  // ulid asks for a number in [0, 1) for each of the 16 characters.
  return ulid(atMs, () => hash[next++]! / 256);
}
