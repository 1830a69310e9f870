import type { FieldSpec } from '#libs/segment';
import { MINUTE_MS } from '../dates/calendar.ts';
import type { TimeZone } from '../dates/time-zone.ts';

/** A number of a boolean or date field as text; undefined for fields whose numbers need none. */
export function valueText(spec: FieldSpec | undefined, value: number | null): string | undefined {
  if (value === null) return undefined;
  if (spec?.type === 'boolean') return value === 0 ? 'false' : value === 1 ? 'true' : undefined;
  return spec?.type === 'date' ? dateText(value) : undefined;
}

/** ISO 8601 with ms, in the zone: 2024-03-31T00:00:00.000+01:00, or Z for UTC. */
export function dateText(ms: number, zone?: TimeZone): string | undefined {
  // Averages of dates may have fractions, and sums of them lie beyond all calendars.
  if (!(Math.abs(ms) <= 8.64e15)) return undefined;
  const minutes = zone === undefined ? 0 : Math.round(zone.offsetAt(ms) / MINUTE_MS);
  const local = new Date(ms + minutes * MINUTE_MS).toISOString();
  if (minutes === 0) return local;
  const size = Math.abs(minutes);
  return `${local.slice(0, -1)}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** As Elasticsearch writes doubles in keys: 50 → "50.0". */
export const doubleText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
