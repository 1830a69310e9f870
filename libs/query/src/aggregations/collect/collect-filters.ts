import { hasBit } from '../../execute/bits.ts';
import { STRETCH } from '../../execute/execution-watch.ts';
import { matchingDocs } from '../../execute/matching-docs.ts';
import { MAX_BUCKETS, tooManyBuckets } from '../agg-limits.ts';
import type { AggPartial } from '../agg-partial.ts';
import type { FiltersPlan } from '../plan/agg-plan.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { Slots } from './slots.ts';

export function collectFilters(plan: FiltersPlan, owned: OwnedDocs, context: CollectContext): Collected<AggPartial> {
  const { clauses, other } = plan;
  const width = clauses.length + (other ? 1 : 0);
  if (owned.ownerCount * width > MAX_BUCKETS) throw tooManyBuckets(plan.name);
  const slots = new Slots(plan, owned.ownerCount, width);
  if (plan.agg.type === 'global') {
    for (const [i, doc] of context.live().entries()) {
      if (i % STRETCH === 0) context.data.watch.spend(STRETCH);
      slots.count(doc, 0, 0);
    }
    return slots.collected(context);
  }
  const { docs, owners } = owned;
  const matched = other ? new Uint8Array(docs.length) : undefined;
  // One set of documents at a time: a thousand of them would be as many bitmaps.
  for (const [slot, clause] of clauses.entries()) {
    if (docs.length === 0 || !context.data.mayMatch(clause)) continue;
    const bits = matchingDocs(clause, context.data);
    for (let i = 0; i < docs.length; i++) {
      if (i % STRETCH === 0) context.data.watch.spend(STRETCH);
      if (!hasBit(bits, docs[i]!)) continue;
      slots.count(docs[i]!, owners[i]!, slot);
      if (matched) matched[i] = 1;
    }
  }
  if (matched)
    for (let i = 0; i < docs.length; i++) if (matched[i] === 0) slots.count(docs[i]!, owners[i]!, clauses.length);
  return slots.collected(context);
}
