import { invalid, type QuarryError } from '#libs/kernel';
import type { FieldSpec, FieldType } from '#libs/segment';
import type { RangeNode, Scalar } from '../query-node.ts';
import { parseDateMs, type DateReading } from '../dates/date-math.ts';
import { showValue } from '../syntax/show-value.ts';
import type { NumberRange } from './compiled-query.ts';

export const isNumeric = (type: FieldType): boolean => type !== 'text' && type !== 'keyword';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Where a value stood, for messages. */
export interface ValuePlace {
  readonly field: string;
  readonly path: string;
  readonly now: number;
  /** How dates are written, where the request says so. */
  readonly reading?: DateReading;
}

/**
 * The numbers that are equal to `value` in a long, double, boolean or date field. One number, except that a date given
 * without its time means that whole day (as in Elasticsearch). Throws `invalid` (`bad_value`).
 */
export function equalTo(spec: FieldSpec, value: Scalar, place: ValuePlace): NumberRange {
  return {
    min: parseFieldNumber(spec, value, false, place),
    max: parseFieldNumber(spec, value, spec.type === 'date', place),
  };
}

/** The numbers that a range's bounds allow; min > max when there are none. Throws `invalid` (`bad_value`). */
export function withinBounds(
  spec: FieldSpec,
  bounds: Pick<RangeNode, 'gt' | 'gte' | 'lt' | 'lte'>,
  place: ValuePlace,
): NumberRange {
  let min = -Infinity;
  let max = Infinity;
  const { gt, gte, lt, lte } = bounds;
  if (gte !== undefined) min = parseFieldNumber(spec, gte, false, place);
  if (gt !== undefined) min = Math.max(min, nextUp(parseFieldNumber(spec, gt, true, place)));
  if (lte !== undefined) max = parseFieldNumber(spec, lte, true, place);
  if (lt !== undefined) max = Math.min(max, -nextUp(-parseFieldNumber(spec, lt, false, place)));
  return { min, max };
}

/** @param roundUp of dates that are given in part: their last ms, not their first */
export function parseFieldNumber(spec: FieldSpec, value: Scalar, roundUp: boolean, place: ValuePlace): number {
  let number: number | undefined;
  if (spec.type === 'boolean') {
    if (value === true || value === 'true') number = 1;
    else if (value === false || value === 'false') number = 0;
  } else if (spec.type === 'date') number = parseDateMs(value, place.now, roundUp, place.reading);
  else if (typeof value === 'number') number = value;
  else if (typeof value === 'string' && NUMBER.test(value.trim())) number = Number(value);
  if (number === undefined || !Number.isFinite(number)) throw badValue(spec, value, place);
  // -0 and 0 are one value.
  return number + 0;
}

const EXPECTED: Readonly<Record<FieldType, string>> = {
  text: 'text',
  keyword: 'a string',
  long: 'a number',
  double: 'a number',
  boolean: 'true or false',
  date: 'an ISO 8601 date, epoch milliseconds or date maths such as now-7d/d',
};

export const badValue = (spec: FieldSpec, value: Scalar, { field, path }: ValuePlace): QuarryError =>
  invalid(
    'bad_value',
    `${path}: ${showValue(value)} is no value for the ${spec.type} field "${field}"; give ${EXPECTED[spec.type]}`,
    {
      field,
      type: spec.type,
      value: showValue(value),
      path,
    },
  );

const view = new DataView(new ArrayBuffer(8));

/** The smallest double above a finite number. */
export function nextUp(number: number): number {
  if (number === 0) return Number.MIN_VALUE;
  view.setFloat64(0, number);
  view.setBigInt64(0, view.getBigInt64(0) + (number > 0 ? 1n : -1n));
  return view.getFloat64(0) + 0;
}

/** Ranges as disjoint ascending ones; empty ones vanish. */
export function mergeRanges(ranges: readonly NumberRange[]): NumberRange[] {
  const sorted = ranges.filter(({ min, max }) => min <= max).toSorted((a, b) => a.min - b.min);
  const merged: { min: number; max: number }[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last && range.min <= last.max) last.max = Math.max(last.max, range.max);
    else merged.push({ ...range });
  }
  return merged;
}
