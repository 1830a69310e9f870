import type { ByteRange } from './object-store.ts';

export interface CoalescePolicy {
  /** Gaps below this many bytes are always read over. */
  readonly maxGapBytes: number;
  /** With more requests than this, larger gaps are read over too, the smallest first … */
  readonly maxRequests: number;
  /** … as long as all gaps read over come to no more than this many bytes. */
  readonly maxOverreadBytes: number;
  /** The same bound while there are more requests than the caller wants (`RequestOptions.maxRequests`). */
  readonly maxBudgetOverreadBytes: number;
}

/**
 * The cost model: S3 answers its first byte after some 63 ms (99 of 100 within 118), and then a connection carries some
 * 80 MB/s. A request also costs money ($0.0000004: at the price of an instance that moves 1 GB/s, what 10 ms, or 10 MB, of
 * it cost); the bytes of a gap cost only their transfer.
 *
 * So a gap of 256 KiB (3 ms) is always cheaper than a request. Beyond that, requests run side by side, so a few are as
 * fast as one: from the fifth on we pay bytes to save them, up to 2 MiB, which is 26 ms on one connection and hides
 * behind the slowest of the others. And a caller's budget of requests is kept as long as its bytes cost no more than the
 * requests would: up to 24 MiB.
 */
export const REMOTE_COALESCING: CoalescePolicy = {
  maxGapBytes: 256 * 1024,
  maxRequests: 4,
  maxOverreadBytes: 2 * 1024 * 1024,
  maxBudgetOverreadBytes: 24 * 1024 * 1024,
};

/** A read of a local file costs some 50 µs, in which the page cache gives about 64 KiB; more requests cost nothing more. */
export const LOCAL_COALESCING: CoalescePolicy = {
  maxGapBytes: 64 * 1024,
  maxRequests: Infinity,
  maxOverreadBytes: 0,
  maxBudgetOverreadBytes: 0,
};

export interface CoalescedRange extends ByteRange {
  /** Indexes of the ranges asked for that lie within this one, by offset. */
  readonly parts: readonly number[];
}

/**
 * The requests that fetch `ranges`: sorted by offset, disjoint, each range asked for inside exactly one. Ranges may come in
 * any order, overlap or repeat; those that overlap or touch always share a request.
 * @param budget how many requests the caller wants at most
 */
export function coalesceRanges(
  ranges: readonly ByteRange[],
  policy: CoalescePolicy = REMOTE_COALESCING,
  budget = Infinity,
): CoalescedRange[] {
  const islands = mergeTouching(ranges);
  const gaps = islands.slice(1).map((island, i) => ({ after: i, bytes: island.offset - endOf(islands[i]!) }));
  const readOver = new Set<number>();
  let overread = 0;
  let requests = islands.length;
  for (const gap of gaps.toSorted((a, b) => a.bytes - b.bytes || a.after - b.after)) {
    const worthIt =
      gap.bytes < policy.maxGapBytes ||
      (requests > policy.maxRequests && overread + gap.bytes <= policy.maxOverreadBytes) ||
      (requests > budget && overread + gap.bytes <= policy.maxBudgetOverreadBytes);
    if (!worthIt) break;
    readOver.add(gap.after);
    overread += gap.bytes;
    requests--;
  }
  const merged: { offset: number; length: number; parts: number[] }[] = [];
  for (const [i, island] of islands.entries()) {
    const previous = merged.at(-1);
    if (previous && readOver.has(i - 1)) {
      previous.length = endOf(island) - previous.offset;
      previous.parts.push(...island.parts);
    } else merged.push(island);
  }
  return merged;
}

const endOf = (range: ByteRange): number => range.offset + range.length;

function mergeTouching(ranges: readonly ByteRange[]): { offset: number; length: number; parts: number[] }[] {
  const order = ranges.map((_, i) => i).toSorted((a, b) => ranges[a]!.offset - ranges[b]!.offset || a - b);
  const islands: { offset: number; length: number; parts: number[] }[] = [];
  for (const i of order) {
    const range = ranges[i]!;
    const last = islands.at(-1);
    if (last && range.offset <= endOf(last)) {
      last.length = Math.max(endOf(last), endOf(range)) - last.offset;
      last.parts.push(i);
    } else islands.push({ offset: range.offset, length: range.length, parts: [i] });
  }
  return islands;
}

/**
 * Fetches `ranges` by the requests that `policy` makes of them, all at once, and cuts the answers up: each result is alone in
 * its buffer, so that a small one never holds on to a large request's bytes.
 * @param fetch answers with a buffer that nobody else has. Where it is cut up it is given back at once (detached): waiting
 *   for a collection of garbage it would count twice meanwhile.
 */
export async function fetchCoalesced(
  ranges: readonly ByteRange[],
  policy: CoalescePolicy,
  fetch: (range: ByteRange) => Promise<Uint8Array>,
  budget?: number,
): Promise<Uint8Array[]> {
  const results = Array.from<Uint8Array>({ length: ranges.length });
  await Promise.all(
    coalesceRanges(ranges, policy, budget).map(async (request) => {
      const bytes = await fetch({ offset: request.offset, length: request.length });
      if (request.parts.length === 1) {
        results[request.parts[0]!] = bytes;
        return;
      }
      for (const part of request.parts) {
        const { offset, length } = ranges[part]!;
        results[part] = new Uint8Array(bytes.subarray(offset - request.offset, offset - request.offset + length));
      }
      giveBack(bytes);
    }),
  );
  return results;
}

function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
