import { MINUTE_MS } from './calendar.ts';
import { toUtc } from './date-rounding.ts';
import type { TimeZone } from './time-zone.ts';

/** The years that a JavaScript date can hold, ± 8.64e15 ms. */
export const MAX_DATE_MS = 8.64e15;

const ISO =
  /^(\d{4}|[+-]\d{4,6})(?:-(\d{2})(?:-(\d{2})(?:[Tt ](?:(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/;

export const withinDates = (ms: number): number | undefined => (Math.abs(ms) <= MAX_DATE_MS ? ms : undefined);

/**
 * ISO 8601 in full or in part, or epoch ms of five digits and more.
 * @param zone of dates without an offset of their own; default UTC
 */
export function parseIsoMs(text: string, roundUp: boolean, zone?: TimeZone): number | undefined {
  const found = ISO.exec(text);
  if (!found) return /^-?\d{5,16}$/.test(text) ? withinDates(Number(text)) : undefined;
  const [, year, month, day, hour, minute, second, fraction, offset] = found;
  // Missing months and days are the first ones even when rounding up, as in Elasticsearch.
  const m = Number(month ?? 1);
  const d = Number(day ?? 1);
  const h = Number(hour ?? (roundUp ? 23 : 0));
  const min = Number(minute ?? (roundUp ? 59 : 0));
  const s = Number(second ?? (roundUp ? 59 : 0));
  const ms = fraction === undefined ? (roundUp ? 999 : 0) : Number(fraction.padEnd(3, '0').slice(0, 3));
  if (h > 23 || min > 59 || s > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), m - 1, d);
  // 2024-02-30 would roll over to March.
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return undefined;
  date.setUTCHours(h, min, s, ms);
  if (offset === undefined && zone) return withinDates(toUtc(zone, date.getTime()));
  return withinDates(date.getTime() - offsetMs(offset));
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset === 'Z' || offset === 'z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || 0);
  return (offset.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}

/** With ms, in the zone: 2024-03-31T00:00:00.000+01:00, or Z for UTC. Undefined beyond the years that a date can hold. */
export function isoText(ms: number, zone?: TimeZone): string | undefined {
  // Averages of dates may have fractions, and sums of them lie beyond all calendars.
  if (!(Math.abs(ms) <= MAX_DATE_MS)) return undefined;
  const minutes = zone === undefined ? 0 : Math.round(zone.offsetAt(ms) / MINUTE_MS);
  const local = new Date(ms + minutes * MINUTE_MS).toISOString();
  if (minutes === 0) return local;
  const size = Math.abs(minutes);
  return `${local.slice(0, -1)}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const two = (number: number): string => String(number).padStart(2, '0');
