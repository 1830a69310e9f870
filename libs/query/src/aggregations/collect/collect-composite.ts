import type { AggPartial } from '../agg-partial.ts';
import { MAX_BUCKETS, tooManyBuckets } from '../agg-limits.ts';
import type { CompositePlan } from '../plan/agg-plan.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { FirstKeys } from './first-keys.ts';
import { GrowingDocs } from './growing-docs.ts';
import { sourceParts, type SourceParts } from './source-parts.ts';

/**
 * The first buckets behind `after`: two passes, since which buckets stay is known only after the first. Memory is bound by
 * the size asked for, not by how many keys there are.
 */
export function collectComposite(
  plan: CompositePlan,
  owned: OwnedDocs,
  context: CollectContext,
): Collected<AggPartial> {
  const { docs } = owned;
  const sources = plan.sources.map((source, at) => sourceParts(source, plan.after?.[at], context));
  const after = plan.after && Float64Array.from(sources, (source) => source.after!);
  const first = new FirstKeys(
    plan.sources.map(({ source }) => source),
    plan.agg.size,
    after,
  );
  eachKey(plan.name, sources, docs, context, (_, key) => first.count(key));
  const slots = first.close();
  let aggs: ReturnType<CollectContext['collect']> | undefined;
  if (plan.aggs.length > 0) {
    const below = new GrowingDocs();
    eachKey(plan.name, sources, docs, context, (doc, key) => {
      const slot = first.slotOf(key);
      if (slot !== undefined) below.push(doc, slot);
    });
    aggs = context.collect(plan.aggs, { docs: below.docs, owners: below.owners, ownerCount: slots.length });
  }
  for (const { key } of slots) for (const [at, part] of key.entries()) sources[at]!.want(part);
  return () => ({
    kind: 'composite',
    buckets: slots.map(({ key, count }, slot) => ({
      key: Array.from(key, (part, at) => sources[at]!.shown(part)),
      count,
      aggs: aggs ? aggs(slot) : {},
    })),
  });
}

/**
 * Calls `found` with every combination of a document's parts, once each. The key is overwritten by the next call.
 * Throws `invalid` (`too_many_buckets`) when one document alone has more combinations than there may be buckets.
 */
function eachKey(
  name: string,
  sources: readonly SourceParts[],
  docs: Int32Array,
  { data: { watch } }: CollectContext,
  found: (doc: number, key: Float64Array) => void,
): void {
  const key = new Float64Array(sources.length);
  const parts = sources.map((): number[] => []);
  const combine = (doc: number, at: number): void => {
    if (at === sources.length) {
      found(doc, key);
      return;
    }
    for (const part of parts[at]!) {
      key[at] = part;
      combine(doc, at + 1);
    }
  };
  for (const doc of docs) {
    let combinations = 1;
    for (let at = 0; at < sources.length && combinations > 0; at++) {
      combinations *= sources[at]!.read(doc, parts[at]!) ? parts[at]!.length : 0;
    }
    if (combinations > MAX_BUCKETS) throw tooManyBuckets(name);
    watch.spend(1 + combinations);
    if (combinations > 0) combine(doc, 0);
  }
}
