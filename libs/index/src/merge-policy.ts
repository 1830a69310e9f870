import type { SegmentEntry } from './manifest.ts';

/** What the policy looks at. */
export type Mergeable = Pick<SegmentEntry, 'id' | 'bytes' | 'docCount' | 'deletes'>;

export interface MergePolicy {
  /** No merge makes more than this at once, by estimate: what a task's memory, and a reader's, can bear. */
  readonly targetBytes: number;
  /** Everything into as few segments of the target's size as will do, and no deleted documents left. */
  readonly force?: boolean;
}

/** Ids of the segments that become one, in the order of the manifest. */
export type MergeGroup = readonly string[];

/**
 * Of similar size, before they are worth a merge. Each document is rewritten about log4(target / size it came in) times;
 * a search opens at most three segments of a tier too many.
 */
const TIER_SEGMENTS = 4;
/** Two segments are of similar size when the larger is less than so many times the smaller. */
const TIER_RATIO = 4;
/** Smaller ones are alike: what they cost is a request each, not their bytes. */
const FLOOR_BYTES = 2 ** 20;
/** A segment with more than this share deleted wastes as much of every search's reading. */
const DELETED_SHARE = 0.3;
/** One task's: few enough that its commit, which looks at every one of them, stays short. */
const MAX_INPUTS = 64;
/** One job's: the rest is found when it has ended. */
const MAX_GROUPS = 32;

/**
 * Which segments to merge; pure, so the same version always gives the same plan (two compactors propose the same work).
 * Tiered by live bytes, as Lucene's TieredMergePolicy and most LSM trees: segments below half of the target are put
 * into tiers of similar size, and a tier of at least TIER_SEGMENTS is cut into groups that fit the target. Whatever it
 * was made of, a group that fills the target is never merged again, so the work ends.
 */
export function planMerges(segments: readonly Mergeable[], policy: MergePolicy): MergeGroup[] {
  const groups = policy.force ? oneTier(segments, policy) : tiersAndPurges(segments, policy);
  const places = new Map(segments.map(({ id }, at) => [id, at]));
  return groups
    .slice(0, MAX_GROUPS)
    .map((group) => group.map(({ id }) => id).toSorted((a, b) => places.get(a)! - places.get(b)!));
}

/** A segment of a tier may have much deleted, too: its merge takes care of both. */
function tiersAndPurges(segments: readonly Mergeable[], policy: MergePolicy): Mergeable[][] {
  const merges = tiers(segments, policy);
  const taken = new Set(merges.flat());
  const rest = segments.filter((segment) => !taken.has(segment));
  return [...merges, ...purges(rest, policy)];
}

const deletedShare = ({ docCount, deletes }: Mergeable): number => (deletes?.count ?? 0) / docCount;

/** What is left of the segment when its deleted documents are gone, by estimate: documents of a segment are alike. */
export const liveBytes = (segment: Mergeable): number => segment.bytes * (1 - deletedShare(segment));

const bySize = (a: Mergeable, b: Mergeable): number => liveBytes(a) - liveBytes(b) || (a.id < b.id ? -1 : 1);

const tierOf = (segment: Mergeable): number =>
  Math.max(0, Math.floor(Math.log(liveBytes(segment) / FLOOR_BYTES) / Math.log(TIER_RATIO)));

function tiers(segments: readonly Mergeable[], { targetBytes }: MergePolicy): Mergeable[][] {
  const small = segments.filter((segment) => liveBytes(segment) < targetBytes / 2).toSorted(bySize);
  const groups: Mergeable[][] = [];
  for (const tier of Map.groupBy(small, tierOf).values()) {
    if (tier.length < TIER_SEGMENTS) continue;
    let group: Mergeable[] = [];
    let bytes = 0;
    for (const segment of tier) {
      const isFull = bytes + liveBytes(segment) > targetBytes;
      if (isFull || group.length === MAX_INPUTS) {
        groups.push(group);
        group = [];
        bytes = 0;
      }
      group.push(segment);
      bytes += liveBytes(segment);
    }
    // The rest of a tier waits for more of its kind.
    if (group.length >= TIER_SEGMENTS) groups.push(group);
  }
  return groups.filter((group) => group.length > 1);
}

/** What is mostly deleted, packed together where it fits; a segment alone is rewritten alone. */
function purges(segments: readonly Mergeable[], { targetBytes }: MergePolicy): Mergeable[][] {
  return pack(
    segments.filter((segment) => deletedShare(segment) > DELETED_SHARE),
    targetBytes,
  );
}

function oneTier(segments: readonly Mergeable[], { targetBytes }: MergePolicy): Mergeable[][] {
  const wanted = segments.filter((segment) => segment.deletes || liveBytes(segment) < targetBytes);
  return pack(wanted, targetBytes).filter((group) => group.length > 1 || group[0]!.deletes);
}

/** First fit, largest first: no two of the groups would fit into one, unless they have too many inputs. */
function pack(segments: readonly Mergeable[], targetBytes: number): Mergeable[][] {
  const bins: { bytes: number; group: Mergeable[] }[] = [];
  for (const segment of segments.toSorted(bySize).toReversed()) {
    const bytes = liveBytes(segment);
    const bin = bins.find(({ bytes: held, group }) => held + bytes <= targetBytes && group.length < MAX_INPUTS);
    if (bin) {
      bin.bytes += bytes;
      bin.group.push(segment);
    } else bins.push({ bytes, group: [segment] });
  }
  return bins.map(({ group }) => group);
}
