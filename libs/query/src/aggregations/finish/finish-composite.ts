import type { CompositePartial } from '../agg-partial.ts';
import type { CompositeKey, CompositePlan } from '../plan/agg-plan.ts';
import { bucketBody, type Answer, type FinishContext } from './finish-context.ts';

export function finishComposite(
  plan: CompositePlan,
  partial: CompositePartial | undefined,
  context: FinishContext,
): Answer {
  const buckets = (partial?.buckets ?? []).map((bucket) => ({
    key: shownKey(plan, bucket.key),
    ...bucketBody(plan, bucket, context),
  }));
  const last = buckets.at(-1);
  return { ...(last && { after_key: last.key }), buckets };
}

/** Numbers as they are, unless they are booleans or have a format. */
function shownKey({ sources }: CompositePlan, key: CompositeKey): Answer {
  return Object.fromEntries(
    sources.map(({ source, spec, text }, at) => {
      const part = key[at]!;
      if (typeof part !== 'number') return [source.name, part];
      if (spec?.type === 'boolean' && source.type === 'terms') return [source.name, part === 1];
      return [source.name, source.format === undefined ? part : (text(part) ?? part)];
    }),
  );
}
