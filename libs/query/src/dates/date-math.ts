import { addUnits, floorToUnit, type CalendarUnit } from './calendar.ts';
import type { DateFormat } from './date-format.ts';
import { toUtc } from './date-rounding.ts';
import { MAX_DATE_MS, parseIsoMs, withinDates } from './iso-date.ts';
import type { TimeZone } from './time-zone.ts';

const UNITS: Readonly<Record<string, CalendarUnit>> = {
  y: 'year',
  M: 'month',
  w: 'week',
  d: 'day',
  h: 'hour',
  H: 'hour',
  m: 'minute',
  s: 'second',
};

/** How dates are read where a request says so itself. */
export interface DateReading {
  /** Of dates without an offset, and of rounding; default UTC. */
  readonly zone?: TimeZone;
  /** Instead of ISO 8601 and epoch ms. */
  readonly format?: DateFormat;
}

/**
 * A date as Elasticsearch reads it: ISO 8601 in full or in part (UTC unless it has an offset), epoch ms as a number or
 * as five digits and more, `now`, and date maths on them: `now-7d/d`, `2024-01-01||+1M/M`.
 * @param roundUp what is left open means its last ms, not its first: of a missing time of day, and of `/unit`. True for
 *   the bounds `gt` and `lte`.
 * @returns ms since 1970, or undefined when it is no date
 */
export function parseDateMs(
  value: string | number | boolean,
  now: number,
  roundUp: boolean,
  reading: DateReading = {},
): number | undefined {
  const { format, zone } = reading;
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number')
    return format ? format.parse(String(value), zone, roundUp) : withinDates(Math.trunc(value));
  const parse = (text: string, up: boolean): number | undefined =>
    format ? format.parse(text, zone, up) : parseIsoMs(text, up, zone);
  const text = value.trim();
  if (text.startsWith('now')) return applyMath(text.slice(3), now, roundUp, reading);
  const bar = text.indexOf('||');
  if (bar < 0) return parse(text, roundUp);
  const anchor = parse(text.slice(0, bar), false);
  return anchor === undefined ? undefined : applyMath(text.slice(bar + 2), anchor, roundUp, reading);
}

function applyMath(math: string, start: number, roundUp: boolean, { zone }: DateReading): number | undefined {
  const step = /([+-])(\d*)([yMwdhHms])|\/([yMwdhHms])/y;
  // On the zone's wall clock.
  const shifted = (ms: number, change: (local: number) => number): number =>
    zone ? toUtc(zone, change(ms + zone.offsetAt(ms))) : change(ms);
  let ms = start;
  while (step.lastIndex < math.length) {
    const found = step.exec(math);
    if (!found) return undefined;
    if (found[4] !== undefined) {
      const unit = UNITS[found[4]]!;
      ms = shifted(ms, (local) => floorToUnit(unit, local));
      if (roundUp) ms = shifted(ms, (local) => addUnits(unit, local, 1)) - 1;
    } else {
      const count = found[2] === '' ? 1 : Number(found[2]);
      const signed = found[1] === '-' ? -count : count;
      ms = shifted(ms, (local) => addUnits(UNITS[found[3]!]!, local, signed));
    }
    if (!(Math.abs(ms) <= MAX_DATE_MS)) return undefined;
  }
  return ms;
}
