import { addUnits, floorToUnit, type CalendarUnit } from './calendar.ts';

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

/** The years that a JavaScript date can hold, ± 8.64e15 ms. */
const MAX_DATE_MS = 8.64e15;

const ISO =
  /^(\d{4}|[+-]\d{4,6})(?:-(\d{2})(?:-(\d{2})(?:[Tt ](?:(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/;

/**
 * A date as Elasticsearch reads it: ISO 8601 in full or in part (UTC unless it has an offset), epoch ms as a number or
 * as five digits and more, `now`, and date maths on them: `now-7d/d`, `2024-01-01||+1M/M`.
 * @param roundUp what is left open means its last ms, not its first: of a missing time of day, and of `/unit`. True for
 *   the bounds `gt` and `lte`.
 * @returns ms since 1970, or undefined when it is no date
 */
export function parseDateMs(value: string | number | boolean, now: number, roundUp: boolean): number | undefined {
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return inRange(Math.trunc(value));
  const text = value.trim();
  if (text.startsWith('now')) return applyMath(text.slice(3), now, roundUp);
  const bar = text.indexOf('||');
  if (bar < 0) return parseIsoMs(text, roundUp);
  const anchor = parseIsoMs(text.slice(0, bar), false);
  return anchor === undefined ? undefined : applyMath(text.slice(bar + 2), anchor, roundUp);
}

const inRange = (ms: number): number | undefined => (Math.abs(ms) <= MAX_DATE_MS ? ms : undefined);

function parseIsoMs(text: string, roundUp: boolean): number | undefined {
  const found = ISO.exec(text);
  if (!found) return /^-?\d{5,16}$/.test(text) ? inRange(Number(text)) : undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = found;
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
  return inRange(date.getTime() - offsetMs(zone));
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0);
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

function applyMath(math: string, start: number, roundUp: boolean): number | undefined {
  const step = /([+-])(\d*)([yMwdhHms])|\/([yMwdhHms])/y;
  let ms = start;
  while (step.lastIndex < math.length) {
    const found = step.exec(math);
    if (!found) return undefined;
    if (found[4] !== undefined) {
      const unit = UNITS[found[4]]!;
      ms = floorToUnit(unit, ms);
      if (roundUp) ms = addUnits(unit, ms, 1) - 1;
    } else {
      const count = found[2] === '' ? 1 : Number(found[2]);
      ms = addUnits(UNITS[found[3]!]!, ms, found[1] === '-' ? -count : count);
    }
    if (!(Math.abs(ms) <= MAX_DATE_MS)) return undefined;
  }
  return ms;
}
