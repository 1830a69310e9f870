import { invalid } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import type { Aggregation, RangeAggregation } from '../search-request.ts';
import type { QuerySchema } from '../search.ts';
import { isNumeric, parseFieldNumber, type ValuePlace } from '../compile/field-value.ts';
import { dateRounding, type DateRounding } from '../dates/date-rounding.ts';

/** An aggregation with the schema applied. */
export interface AggPlan {
  readonly name: string;
  readonly agg: Aggregation;
  /** Undefined: no such field, so no document has a value (as in Elasticsearch). */
  readonly spec: FieldSpec | undefined;
  readonly aggs: readonly AggPlan[];
  /** Of range and date_range, in the order asked. */
  readonly ranges: readonly { readonly from: number | null; readonly to: number | null }[];
  /** Of date_histogram. */
  readonly rounding: DateRounding | undefined;
  /** Of terms, when documents without a value are counted too: the value as the field would hold it. */
  readonly missing: string | number | undefined;
}

/**
 * Throws `invalid`: `field_type_mismatch` (text, or numbers asked of keywords), `bad_value`, `bad_time_zone`.
 * @param now ms since 1970: what `now` means in the ranges
 */
export function planAggregations(
  aggs: Readonly<Record<string, Aggregation>>,
  schema: QuerySchema,
  now: number,
  path = 'aggs',
): AggPlan[] {
  return Object.entries(aggs).map(([name, agg]) => {
    const here = `${path}.${name}`;
    const spec = schema.field(agg.field);
    if (spec) checkField(agg, spec, here);
    const place = { field: agg.field, path: here, now };
    return {
      name,
      agg,
      spec,
      aggs: planAggregations(agg.aggs, schema, now, `${here}.aggs`),
      ranges: agg.type === 'range' || agg.type === 'date_range' ? planRanges(agg, place) : [],
      rounding:
        agg.type === 'date_histogram'
          ? dateRounding(agg.calendarInterval ?? agg.fixedIntervalMs!, agg.timeZone)
          : undefined,
      missing: agg.type === 'terms' && agg.missing !== undefined ? missingValue(agg.missing, spec, place) : undefined,
    };
  });
}

function checkField(agg: Aggregation, spec: FieldSpec, path: string): void {
  const { field, type } = agg;
  const mismatch = (what: string): Error =>
    invalid('field_type_mismatch', `${path}: ${what}`, { field, type: spec.type, aggregation: type, path });
  if (spec.type === 'text') {
    throw mismatch(
      `"${field}" is a text field and has no column; aggregate a keyword field such as "${field}.keyword"`,
    );
  }
  if (type === 'terms' || type === 'value_count') return;
  if (!isNumeric(spec.type)) throw mismatch(`${type} needs numbers, but "${field}" is a ${spec.type} field; use terms`);
  if ((type === 'date_histogram' || type === 'date_range') && spec.type !== 'date') {
    throw mismatch(`${type} needs dates, but "${field}" is a ${spec.type} field; use ${type.slice(5)}`);
  }
}

function planRanges(agg: RangeAggregation, place: ValuePlace): { from: number | null; to: number | null }[] {
  const spec: FieldSpec = { type: agg.type === 'date_range' ? 'date' : 'double' };
  const bound = (value: number | string | undefined): number | null =>
    value === undefined ? null : parseFieldNumber(spec, value, false, place);
  return agg.ranges.map(({ from, to }) => ({ from: bound(from), to: bound(to) }));
}

function missingValue(
  value: string | number | boolean,
  spec: FieldSpec | undefined,
  place: ValuePlace,
): string | number {
  if (spec && isNumeric(spec.type)) return parseFieldNumber(spec, value, false, place);
  if (spec || typeof value === 'string') return String(value);
  return Number(value);
}

/** Fields whose columns the aggregations read. */
export const aggFields = (plans: readonly AggPlan[]): string[] => [
  ...new Set(plans.flatMap(({ agg, aggs }) => [agg.field, ...aggFields(aggs)])),
];
