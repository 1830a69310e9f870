import type { Manifest, SegmentEntry } from '#libs/index';
import {
  resultKeys,
  type CompiledQuery,
  type SearchPartial,
  type SearchRequest,
  type SegmentFinding,
} from '#libs/query';
import { findingId, type FindingCache } from './finding-cache.ts';

/** Of a schema, by manifest: a version's is the same object for as long as it is kept. */
const schemaNames = new WeakMap<Manifest, string>();

function schemaName(manifest: Manifest): string {
  let name = schemaNames.get(manifest);
  if (name === undefined) schemaNames.set(manifest, (name = findingId(JSON.stringify(manifest.schema))));
  return name;
}

/** RESULT-1: what one search without hits may take from, and give to, the cache of findings. */
export class KnownFindings {
  private readonly ids = new Map<string, string>();

  private constructor(private readonly cache: FindingCache) {}

  /** Undefined when the search is not one whose findings are kept. */
  static of(
    cache: FindingCache,
    request: SearchRequest,
    compiled: CompiledQuery,
    manifest: Manifest,
    entries: readonly SegmentEntry[],
  ): KnownFindings | undefined {
    const keyOf = resultKeys(request, compiled);
    if (!keyOf) return undefined;
    const known = new KnownFindings(cache);
    const schema = schemaName(manifest);
    // The key of a segment is unique in the bucket, tenants and all; its deletes' names them.
    for (const entry of entries)
      known.ids.set(entry.id, findingId(schema, entry.key, entry.deletes?.key ?? '', keyOf(entry)));
    return known;
  }

  partialOf({ id }: SegmentEntry): SearchPartial | undefined {
    const finding = this.cache.get(this.ids.get(id)!);
    return finding && partialOf(finding);
  }

  readonly offer = (segment: string, finding: SegmentFinding): void => {
    this.cache.offer(this.ids.get(segment)!, finding);
  };
}

const partialOf = ({ count, aggs }: SegmentFinding): SearchPartial => ({
  attempted: 1,
  succeeded: 1,
  failed: [],
  total: { value: count, relation: 'eq' },
  hits: [],
  aggs,
  receipt: { segments: 1, gets: 0, bytes: 0, cacheHits: 1, ioMs: 0, cpuMs: 0 },
});
