import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SegmentFinding } from '#libs/query';

/** Of an entry: its key, list links, a string's head. */
const ENTRY_BYTES = 300;
/** Findings that are remembered as made once. */
const MAX_SEEN = 16_384;

/**
 * What searches without hits (dashboards, counts) found in single segments: those that were asked for last, and more than
 * once, up to `maxBytes`. As JSON: its size is known, and nobody can change what is kept.
 */
export class FindingCache {
  private readonly findings: LRUCache<string, string>;
  private readonly seen = new LRUCache<string, true>({ max: MAX_SEEN });

  constructor(maxBytes: number) {
    this.findings = new LRUCache({
      maxSize: maxBytes,
      // One with very many buckets does not sweep out all others.
      maxEntrySize: Math.max(1, Math.floor(maxBytes / 8)),
      sizeCalculation: (text, id) => 2 * (text.length + id.length) + ENTRY_BYTES,
    });
  }

  get(id: string): SegmentFinding | undefined {
    const text = this.findings.get(id);
    return text === undefined ? undefined : (JSON.parse(text) as SegmentFinding);
  }

  /** Kept at the second offer: most searches are asked once. */
  offer(id: string, finding: SegmentFinding): void {
    if (this.seen.has(id)) this.findings.set(id, JSON.stringify(finding));
    else this.seen.set(id, true);
  }
}

/** Names what was found, by everything that it depends on; as short as a hash, whatever the query's length. */
export const findingId = (...parts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} ${part}`);
  return hash.digest('base64');
};
