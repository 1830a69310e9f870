import { invalid } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import type {
  CalendarInterval,
  DateHistogramAggregation,
  DateIntervals,
  HistogramAggregation,
  HistogramBounds,
} from '../../aggregation-request.ts';
import { badValue, parseFieldNumber } from '../../compile/field-value.ts';
import { dateFormat } from '../../dates/date-format.ts';
import { parseDateMs } from '../../dates/date-math.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../dates/calendar.ts';
import { dateRounding, type DateRounding } from '../../dates/date-rounding.ts';
import { tooManyBuckets } from '../agg-limits.ts';
import type { HistogramPlan, KeyScale } from './agg-plan.ts';
import { checkDate, checkNumeric, planSource, type PlanPlace } from './plan-source.ts';

type Ends = { readonly min: number | undefined; readonly max: number | undefined };

export function planHistogram(
  name: string,
  agg: HistogramAggregation | DateHistogramAggregation,
  place: PlanPlace,
): Pick<HistogramPlan, 'source' | 'scale' | 'extended'> {
  const rounding = agg.type === 'date_histogram' ? roundingOf(agg) : undefined;
  const source = planSource(agg, place, rounding?.zone);
  checkNumeric(agg.type, source, place.path);
  if (rounding) checkDate(agg.type, source, place.path);
  const whole = agg.type === 'histogram' ? numberScale(name, agg.interval, agg.offset) : dateScale(agg, rounding!);
  const hard = resolve(agg, agg.hardBounds, rounding, place);
  const extended = resolve(agg, agg.extendedBounds, rounding, place);
  for (const end of [extended.min, extended.max]) {
    if (end === undefined || within(hard, end)) continue;
    throw invalid('bad_aggregation', `${place.path}: extended_bounds reach beyond hard_bounds`, { path: place.path });
  }
  const keyOf = (value: number | undefined): number | undefined =>
    value === undefined ? undefined : whole.keyOf(value);
  return {
    source,
    scale: agg.hardBounds ? { ...whole, holds: (key) => within(hard, key) } : whole,
    extended: { min: keyOf(extended.min), max: keyOf(extended.max) },
  };
}

export const roundingOf = ({ calendarInterval, fixedIntervalMs, timeZone, offsetMs }: DateIntervals): DateRounding =>
  dateRounding(calendarInterval ?? fixedIntervalMs!, timeZone, offsetMs);

const UNIT_MS: Partial<Record<CalendarInterval, number>> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };
const ALL = (): boolean => true;

export function dateScale(intervals: DateIntervals, rounding: DateRounding): KeyScale {
  const { calendarInterval, fixedIntervalMs, timeZone, offsetMs = 0 } = intervals;
  const widthMs = calendarInterval === undefined ? fixedIntervalMs : UNIT_MS[calendarInterval];
  const scale = { keyOf: rounding.round, next: rounding.next, holds: ALL };
  return timeZone === 'UTC' && widthMs !== undefined ? { ...scale, even: evenScale(widthMs, offsetMs) } : scale;
}

const evenScale = (interval: number, offset: number): NonNullable<KeyScale['even']> => ({
  indexOf: (value) => Math.floor((value - offset) / interval),
  // + 0: never a key of -0.
  keyAt: (index) => index * interval + offset + 0,
});

export function numberScale(name: string, interval: number, offset: number): KeyScale {
  const even = evenScale(interval, offset);
  return {
    keyOf: (value) => {
      const key = even.keyAt(even.indexOf(value));
      // The interval is so small that its number cannot be counted.
      if (!Number.isFinite(key)) throw tooManyBuckets(name);
      return key;
    },
    next: (key) => {
      // By number, as documents' keys are computed: adding up intervals would drift away from them.
      const next = even.keyAt(Math.round((key - offset) / interval) + 1);
      return next > key ? next : Infinity;
    },
    holds: ALL,
    even,
  };
}

const within = ({ min, max }: Ends, value: number): boolean =>
  !(min !== undefined && value < min) && !(max !== undefined && value > max);

const DATE: FieldSpec = { type: 'date' };
const DOUBLE: FieldSpec = { type: 'double' };

function resolve(
  agg: HistogramAggregation | DateHistogramAggregation,
  bounds: HistogramBounds | undefined,
  rounding: DateRounding | undefined,
  { path, now }: PlanPlace,
): Ends {
  const at = { field: agg.field, path, now };
  const format = rounding && agg.format !== undefined ? dateFormat(agg.format, path) : undefined;
  const end = (value: number | string | undefined): number | undefined => {
    if (value === undefined) return undefined;
    if (!rounding) return parseFieldNumber(DOUBLE, value, false, at);
    const reading = { zone: rounding.zone, ...(format && typeof value === 'string' && { format }) };
    const ms = parseDateMs(value, now, false, reading);
    if (ms === undefined) throw badValue(DATE, value, at);
    return ms;
  };
  const ends = { min: end(bounds?.min), max: end(bounds?.max) };
  if (ends.min !== undefined && ends.max !== undefined && ends.min > ends.max)
    throw invalid('bad_aggregation', `${path}: bounds whose min is above their max`, { path });
  return ends;
}
