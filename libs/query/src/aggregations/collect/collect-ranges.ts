import { MAX_BUCKETS, tooManyBuckets } from '../agg-limits.ts';
import { STRETCH } from '../../execute/execution-watch.ts';
import type { AggPartial } from '../agg-partial.ts';
import type { RangesPlan } from '../plan/agg-plan.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { docValues } from './doc-values.ts';
import { Slots } from './slots.ts';

export function collectRanges(plan: RangesPlan, owned: OwnedDocs, context: CollectContext): Collected<AggPartial> {
  const { docs, owners, ownerCount } = owned;
  const { ranges, source } = plan;
  if (ownerCount * ranges.length > MAX_BUCKETS) throw tooManyBuckets(plan.name);
  const froms = Float64Array.from(ranges, ({ from }) => from ?? -Infinity);
  const tos = Float64Array.from(ranges, ({ to }) => to ?? Infinity);
  const unbounded = ranges.map(({ to }) => to === null);
  // Half-open; +Infinity as an end stands for none.
  const holds = (range: number, value: number): boolean =>
    value >= froms[range]! && (value < tos[range]! || unbounded[range]!);
  const slots = new Slots(plan, ownerCount, ranges.length);
  const values = docValues(context.data, source.field);
  const missing = source.missing === undefined ? undefined : Number(source.missing);
  for (let i = 0; i < docs.length; i++) {
    if (i % STRETCH === 0) context.data.watch.spend(STRETCH);
    const doc = docs[i]!;
    const begin = values === undefined ? 0 : values.begin(doc);
    const end = values === undefined ? 0 : values.end(doc);
    for (let range = 0; range < ranges.length; range++) {
      let found = begin === end && missing !== undefined && holds(range, missing);
      for (let at = begin; at < end && !found; at++) found = holds(range, values!.value(at));
      if (found) slots.count(doc, owners[i]!, range);
    }
  }
  return slots.collected(context);
}
