import { STRETCH } from '../../execute/execution-watch.ts';
import type { AggPartial, BucketPartial } from '../agg-partial.ts';
import { compareKeys } from '../compare-keys.ts';
import { mergeBuckets } from '../merge-partials.ts';
import type { HistogramPlan } from '../plan/agg-plan.ts';
import { createBucketCounts, MISSING } from './bucket-counts.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { docValues } from './doc-values.ts';
import { keyPlaces } from './key-places.ts';

export function collectHistogram(
  plan: HistogramPlan,
  owned: OwnedDocs,
  context: CollectContext,
): Collected<AggPartial> {
  const { docs, owners } = owned;
  const { source, scale } = plan;
  const values = docValues(context.data, source.field);
  const places = values && keyPlaces(scale, values);
  const counts = createBucketCounts(plan, owned, places?.keys.length);
  const hasMissing = source.missing !== undefined && scale.holds(scale.keyOf(Number(source.missing)));
  const keyAt = places ? places.placeAt : (at: number): number => scale.keyOf(values!.value(at));
  const holds = (key: number): boolean => scale.holds(places ? places.keys[key]! : key);
  for (let i = 0; i < docs.length; i++) {
    if (i % STRETCH === 0) context.data.watch.spend(STRETCH);
    const doc = docs[i]!;
    const begin = values === undefined ? 0 : values.begin(doc);
    const end = values === undefined ? 0 : values.end(doc);
    if (begin === end && hasMissing) counts.count(doc, owners[i]!, MISSING);
    let previous = MISSING;
    for (let at = begin; at < end; at++) {
      const key = keyAt(at);
      // A document counts once in a bucket; its keys rise.
      if (key !== previous && holds(key)) counts.count(doc, owners[i]!, key);
      previous = key;
    }
  }
  const closed = counts.close(context);
  return (owner) => {
    const keys = new Set(closed.keys(owner));
    const isMissing = keys.delete(MISSING);
    const buckets = [...keys]
      .map((key): BucketPartial => ({ key: places ? places.keys[key]! : key, ...closed.slot(owner, key) }))
      .toSorted((a, b) => compareKeys(a.key, b.key));
    if (!isMissing) return { kind: 'buckets', buckets };
    const missing = { key: scale.keyOf(Number(source.missing)), ...closed.slot(owner, MISSING) };
    return { kind: 'buckets', buckets: mergeBuckets(buckets, [missing], plan.agg) };
  };
}
