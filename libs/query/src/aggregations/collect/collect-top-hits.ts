import { decodeUtf8 } from '#libs/kernel';
import { STRETCH } from '../../execute/execution-watch.ts';
import { sortColumn } from '../../execute/segment-hits.ts';
import { ScoreSortColumn } from '../../execute/sort-column.ts';
import type { SortValue } from '../../execute/sort-plan.ts';
import { SortedHits } from '../../execute/sorted-hits.ts';
import type { PartialHit } from '../../search-partial.ts';
import { MAX_TOP_HITS_DOCUMENTS, tooManyTopHits } from '../agg-limits.ts';
import type { AggPartial } from '../agg-partial.ts';
import type { TopHitsPlan } from '../plan/agg-plan.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';

type Taken = ReturnType<SortedHits['take']>[number];

/** The first documents of every bucket; which they are is known here, what is in them after the last round. */
export function collectTopHits(plan: TopHitsPlan, owned: OwnedDocs, context: CollectContext): Collected<AggPartial> {
  const { agg, sort } = plan;
  const { data, reads, scores } = context;
  const limit = agg.from + agg.size;
  const columns = sort.keys.map((key) => sortColumn(key, context));
  const scoreColumns = columns.filter((column) => column instanceof ScoreSortColumn);
  const { perOwner, totals } = byOwner(owned);
  const taken = perOwner.map((docs): Taken[] => {
    if (limit === 0 || docs.length === 0) return [];
    const sorted = new SortedHits(Math.min(limit, docs.length), columns, data.ranks, sort.idDescending);
    // There may be many owners of few documents each.
    data.watch.spend(docs.length % STRETCH);
    for (let i = 0; i < docs.length; i++) {
      if (i % STRETCH === STRETCH - 1) data.watch.spend(STRETCH);
      const doc = docs[i]!;
      const score = scores?.[doc] ?? 0;
      for (const column of scoreColumns) column.score = score;
      sorted.offer(doc, score);
    }
    return sorted.take();
  });
  if (taken.reduce((sum, { length }) => sum + length, 0) > MAX_TOP_HITS_DOCUMENTS) throw tooManyTopHits(plan.name);
  const numbersOf = ({ keys }: Taken): number[] =>
    // Undoes what SortColumn did; + 0 makes 0 of -0.
    sort.keys.map(({ order }, at) => (order === 'desc' ? -keys[at]! : keys[at]!) + 0);
  for (const hit of taken.flat()) {
    reads.wantDocument(hit.doc, agg.source !== false);
    for (const [at, number] of numbersOf(hit).entries()) {
      const { field, spec } = sort.keys[at]!;
      if (spec?.type === 'keyword' && Number.isInteger(number)) reads.wantTerms(field).add(number);
    }
  }
  const valuesOf = (hit: Taken): SortValue[] =>
    numbersOf(hit).map((number, at): SortValue => {
      const { field, spec, missingAs } = sort.keys[at]!;
      if (!Number.isFinite(number)) return null;
      // Between two ordinals stands what a missing value counts as.
      if (spec?.type === 'keyword') return Number.isInteger(number) ? reads.term(field, number) : missingAs!;
      return spec?.type === 'boolean' ? number === 1 : number;
    });
  const partialHit = (hit: Taken): PartialHit => {
    const { id, source } = reads.document(hit.doc);
    const values = valuesOf(hit);
    const shown = agg.sort.map(({ field }, at) => (field === '_id' ? id : (values[at] ?? null)));
    return {
      id,
      score: sort.scored ? hit.score : null,
      ...(agg.sort.length > 0 && { sort: shown }),
      segment: data.segment.id,
      source: agg.source === false ? '' : decodeUtf8(source),
    };
  };
  return (owner) => ({ kind: 'top_hits', total: totals[owner]!, hits: taken[owner]!.map(partialHit) });
}

function byOwner({ docs, owners, ownerCount }: OwnedDocs): { perOwner: Int32Array[]; totals: Int32Array } {
  const totals = new Int32Array(ownerCount);
  for (const owner of owners) totals[owner]!++;
  const perOwner = Array.from(totals, (total) => new Int32Array(total));
  const filled = new Int32Array(ownerCount);
  for (let i = 0; i < docs.length; i++) perOwner[owners[i]!]![filled[owners[i]!]!++] = docs[i]!;
  return { perOwner, totals };
}
