import { addUnits, DAY_MS, floorToUnit, type CalendarUnit } from './calendar.ts';
import { timeZone, type TimeZone } from './time-zone.ts';

/** The buckets of a date histogram: half-open stretches of time, each named by the instant it begins at. */
export interface DateRounding {
  /** The beginning of the bucket that holds the instant. */
  readonly round: (utcMs: number) => number;
  /** The beginning of the bucket after the one that begins at `keyMs`. */
  readonly next: (keyMs: number) => number;
  readonly zone: TimeZone;
}

/**
 * Buckets follow the wall clock of the zone: a day has 23 or 25 hours when clocks change, an hour that comes twice
 * makes two buckets, and a bucket whose beginning the clock leaps over begins at the leap.
 * @param offsetMs moves the beginnings
 */
export function dateRounding(interval: CalendarUnit | number, zoneName: string, offsetMs = 0): DateRounding {
  const { zone, round, next } = rounding(interval, timeZone(zoneName));
  if (offsetMs === 0) return { zone, round, next };
  return {
    zone,
    round: (utcMs) => round(utcMs - offsetMs) + offsetMs,
    next: (keyMs) => next(keyMs - offsetMs) + offsetMs,
  };
}

function rounding(interval: CalendarUnit | number, zone: TimeZone): DateRounding {
  const floor = (local: number): number =>
    typeof interval === 'number' ? Math.floor(local / interval) * interval : floorToUnit(interval, local);
  const add = (local: number): number =>
    typeof interval === 'number' ? local + interval : addUnits(interval, local, 1);
  const belowDay = typeof interval === 'number' ? interval < DAY_MS : interval === 'minute' || interval === 'hour';

  const round = (utcMs: number): number => {
    const offset = zone.offsetAt(utcMs);
    const local = floor(utcMs + offset);
    const same = local - offset;
    return zone.offsetAt(same) === offset ? same : toUtc(zone, local);
  };
  const next = (keyMs: number): number => {
    const local = keyMs + zone.offsetAt(keyMs);
    if (!belowDay) return toUtc(zone, add(floor(local)));
    const width = add(0);
    const key = round(keyMs + width);
    return key > keyMs ? key : keyMs + width;
  };
  return { round, next, zone };
}

/** The first instant at which the zone's clocks show `local`, or at which they leap over it. */
export function toUtc(zone: TimeZone, local: number): number {
  const before = zone.offsetAt(local - DAY_MS);
  const early = local - before;
  if (zone.offsetAt(early) === before) return early;
  const late = local - zone.offsetAt(local + DAY_MS);
  if (late + zone.offsetAt(late) === local) return late;
  return zone.transitionIn(early - DAY_MS, early) ?? late;
}
