import { compareCodePoints } from '#libs/kernel';
import type { Slot, SlotsPartial } from '../agg-partial.ts';
import { doubleText } from '../formats/value-format.ts';
import type { FiltersPlan, RangesPlan } from '../plan/agg-plan.ts';
import { bucketBody, type Answer, type FinishContext } from './finish-context.ts';

const EMPTY: Slot = { count: 0, aggs: {} };

/** By rising bounds, whatever order was asked. */
export function finishRanges(plan: RangesPlan, partial: SlotsPartial | undefined, context: FinishContext): Answer {
  const { agg, source, ranges } = plan;
  const buckets = agg.ranges
    .map(({ key }, at) => {
      const { from, to } = ranges[at]!;
      const [fromText, toText] = [source.text(from), source.text(to)];
      const shown = (value: number | null, text: string | undefined): string =>
        value === null ? '*' : (text ?? doubleText(value));
      const body = {
        ...(from !== null && { from, ...(fromText !== undefined && { from_as_string: fromText }) }),
        ...(to !== null && { to, ...(toText !== undefined && { to_as_string: toText }) }),
        ...bucketBody(plan, partial?.slots[at] ?? EMPTY, context),
      };
      const name = key ?? `${shown(from, fromText)}-${shown(to, toText)}`;
      return { name, from: from ?? -Infinity, to: to ?? Infinity, body };
    })
    .toSorted(
      (a, b) => compareNumbers(a.from, b.from) || compareNumbers(a.to, b.to) || compareCodePoints(a.name, b.name),
    );
  if (agg.keyed) return { buckets: Object.fromEntries(buckets.map(({ name, body }) => [name, body])) };
  return { buckets: buckets.map(({ name, body }) => ({ key: name, ...body })) };
}

/** Infinities are equal to themselves. */
const compareNumbers = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

export function finishFilters(plan: FiltersPlan, partial: SlotsPartial | undefined, context: FinishContext): Answer {
  const { agg, clauses, other } = plan;
  const body = (at: number): Answer => bucketBody(plan, partial?.slots[at] ?? EMPTY, context);
  if (agg.type !== 'filters') return body(0);
  const keys = agg.filters.map(({ key }) => key);
  if (other) keys.push(agg.otherKey);
  if (!agg.named) return { buckets: [...clauses.keys(), ...(other ? [clauses.length] : [])].map(body) };
  const buckets = keys.map((key, at) => [key!, body(at)] as const);
  return { buckets: agg.keyed ? Object.fromEntries(buckets) : buckets.map(([key, rest]) => ({ key, ...rest })) };
}
