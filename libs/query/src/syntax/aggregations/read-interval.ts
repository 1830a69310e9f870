import type { CalendarInterval, DateIntervals } from '../../aggregation-request.ts';
import type { OptionReader } from '../option-reader.ts';
import { requestError } from '../request-error.ts';

// "1m" is a minute and "1M" a month, so these are told apart by case, unlike all other words.
const CALENDAR: ReadonlyMap<string, CalendarInterval> = new Map<string, CalendarInterval>([
  ['minute', 'minute'],
  ['1m', 'minute'],
  ['hour', 'hour'],
  ['1h', 'hour'],
  ['day', 'day'],
  ['1d', 'day'],
  ['week', 'week'],
  ['1w', 'week'],
  ['month', 'month'],
  ['1M', 'month'],
  ['quarter', 'quarter'],
  ['1q', 'quarter'],
  ['year', 'year'],
  ['1y', 'year'],
]);
const FIXED = /^(\d{1,12})(ms|s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHIFT = /^([+-]?)(\d{1,12})(ms|s|m|h|d)$/;
const OFFSET = /^[+-](\d\d):(\d\d)$/;
// Longer than any name of the time zone database; Intl would be asked about a megabyte otherwise.
const MAX_ZONE_LENGTH = 64;

/** Exactly one of calendar_interval (one unit: "month", "1M") and fixed_interval (any multiple up to days: "90m"). */
export function readInterval(options: OptionReader): Pick<DateIntervals, 'calendarInterval' | 'fixedIntervalMs'> {
  const calendar = options.string('calendar_interval');
  const fixed = options.string('fixed_interval');
  if ((calendar === undefined) === (fixed === undefined))
    throw requestError(
      'bad_aggregation',
      options.path,
      'date_histogram needs exactly one of calendar_interval ("month") and fixed_interval ("90m")',
    );
  if (calendar !== undefined) {
    const calendarInterval = CALENDAR.get(calendar);
    if (calendarInterval) return { calendarInterval };
    throw options.fail(
      'calendar_interval',
      'minute, hour, day, week, month, quarter or year (one of it: "1d"; several are a fixed_interval)',
    );
  }
  const [, count, unit] = FIXED.exec(fixed!) ?? [];
  const fixedIntervalMs = Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(fixedIntervalMs) && fixedIntervalMs > 0) return { fixedIntervalMs };
  throw options.fail(
    'fixed_interval',
    'a length such as "90m" or "1d" (ms, s, m, h, d; for months: calendar_interval)',
  );
}

/** `offset`: "+6h", "-1d"; how far buckets begin after their usual beginning. */
export function readOffsetMs(options: OptionReader): number {
  const text = options.string('offset');
  if (text === undefined) return 0;
  const [, sign, count, unit] = SHIFT.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN) * (sign === '-' ? -1 : 1);
  if (Number.isSafeInteger(ms)) return ms + 0;
  throw options.fail('offset', 'a length such as "+6h" or "-1d" (ms, s, m, h, d)');
}

/** An IANA name or ±hh:mm; default UTC. */
export function readTimeZone(options: OptionReader): string {
  const zone = options.string('time_zone');
  if (zone === undefined || zone === 'Z') return 'UTC';
  if (isTimeZone(zone)) return zone;
  throw options.fail('time_zone', 'an IANA time zone ("Europe/Berlin") or an offset ("+01:00")');
}

function isTimeZone(zone: string): boolean {
  const offset = OFFSET.exec(zone);
  if (offset) return Number(offset[1]) < 24 && Number(offset[2]) < 60;
  // Intl also takes +01 and +0100; one spelling is enough for whoever evaluates it.
  if (zone.length > MAX_ZONE_LENGTH || /^[+-]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
