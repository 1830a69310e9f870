import type { FieldSpec } from '#libs/segment';
import type { RangeAggregation } from '../../aggregation-request.ts';
import { badValue, parseFieldNumber } from '../../compile/field-value.ts';
import { dateFormat } from '../../dates/date-format.ts';
import { parseDateMs } from '../../dates/date-math.ts';
import { timeZone } from '../../dates/time-zone.ts';
import type { RangesPlan } from './agg-plan.ts';
import { checkDate, checkNumeric, planSource, type PlanPlace } from './plan-source.ts';

const DATE: FieldSpec = { type: 'date' };
const DOUBLE: FieldSpec = { type: 'double' };

export function planRanges(agg: RangeAggregation, place: PlanPlace): Pick<RangesPlan, 'source' | 'ranges'> {
  const zone = agg.timeZone === undefined ? undefined : timeZone(agg.timeZone);
  const source = planSource(agg, place, zone);
  checkNumeric(agg.type, source, place.path);
  const at = { field: agg.field, path: place.path, now: place.now };
  if (agg.type === 'range') {
    const bound = (value: number | string | undefined): number | null =>
      value === undefined ? null : parseFieldNumber(DOUBLE, value, false, at);
    return { source, ranges: agg.ranges.map(({ from, to }) => ({ from: bound(from), to: bound(to) })) };
  }
  checkDate(agg.type, source, place.path);
  const format = agg.format === undefined ? undefined : dateFormat(agg.format, place.path);
  const bound = (value: number | string | undefined): number | null => {
    if (value === undefined) return null;
    const ms = parseDateMs(value, place.now, false, { ...(zone && { zone }), ...(format && { format }) });
    if (ms === undefined) throw badValue(DATE, value, at);
    return ms + 0;
  };
  return { source, ranges: agg.ranges.map(({ from, to }) => ({ from: bound(from), to: bound(to) })) };
}
