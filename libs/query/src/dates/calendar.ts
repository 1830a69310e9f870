/** Units of the calendar. Weeks begin on Monday (ISO 8601). */
export type CalendarUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** 1970-01-01 was a Thursday: the Monday before it. */
const MONDAY_MS = -3 * DAY_MS;

const FIXED_MS: Partial<Record<CalendarUnit, number>> = {
  second: SECOND_MS,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
};

const utc = (year: number, month: number): number => {
  // Date.UTC takes the years 0 … 99 for 1900 … 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month, 1);
  return date.getTime();
};

/** The start of the unit that holds `ms`, on a clock without time zone. */
export function floorToUnit(unit: CalendarUnit, ms: number): number {
  const fixed = FIXED_MS[unit];
  if (fixed !== undefined) return Math.floor(ms / fixed) * fixed;
  if (unit === 'week') return Math.floor((ms - MONDAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS + MONDAY_MS;
  const date = new Date(ms);
  const month = date.getUTCMonth();
  if (unit === 'year') return utc(date.getUTCFullYear(), 0);
  return utc(date.getUTCFullYear(), unit === 'quarter' ? month - (month % 3) : month);
}

/** `count` units later (or earlier); a day that the month does not have becomes its last: Jan 31 + 1 month = Feb 28. */
export function addUnits(unit: CalendarUnit, ms: number, count: number): number {
  const fixed = FIXED_MS[unit];
  if (fixed !== undefined) return ms + count * fixed;
  if (unit === 'week') return ms + count * 7 * DAY_MS;
  const months = count * (unit === 'year' ? 12 : unit === 'quarter' ? 3 : 1);
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const monthEnd = new Date(addMonth(date));
  date.setUTCDate(Math.min(day, monthEnd.getUTCDate()));
  return date.getTime();
}

const addMonth = (first: Date): number => {
  const next = new Date(first.getTime());
  next.setUTCMonth(next.getUTCMonth() + 1, 0);
  return next.getTime();
};
