import type { BucketsPartial } from '../agg-partial.ts';
import type { TermsPlan } from '../plan/agg-plan.ts';
import { bucketOrder } from './bucket-order.ts';
import { bucketBody, type Answer, type FinishContext } from './finish-context.ts';

export function finishTerms(plan: TermsPlan, partial: BucketsPartial | undefined, context: FinishContext): Answer {
  const { agg, source } = plan;
  const allowed = (partial?.buckets ?? []).filter(({ count }) => count >= agg.minDocCount);
  const sorted = allowed.toSorted(bucketOrder(plan, agg.order));
  const other = sorted.slice(agg.size).reduce((sum, { count }) => sum + count, 0);
  return {
    // Every bucket is counted everywhere: nothing is estimated.
    doc_count_error_upper_bound: 0,
    sum_other_doc_count: other,
    buckets: sorted.slice(0, agg.size).map((bucket) => {
      const text = typeof bucket.key === 'number' ? source.text(bucket.key) : undefined;
      return {
        key: bucket.key,
        ...(text !== undefined && { key_as_string: text }),
        ...(agg.showTermDocCountError && { doc_count_error_upper_bound: 0 }),
        ...bucketBody(plan, bucket, context),
      };
    }),
  };
}
