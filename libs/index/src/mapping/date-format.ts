import { parseDate } from './parse-date.ts';

/** ms since 1970 of a date as it stands in a document; undefined when it is none. */
export type DateReader = (value: string | number) => number | undefined;

const MAX_DATE_MS = 8.64e15;
const WHOLE = /^-?\d{1,16}$/;
const DECIMAL = /^-?\d{1,13}(?:\.\d{1,9})?$/;

const inRange = (ms: number): number | undefined => (Math.abs(ms) <= MAX_DATE_MS ? ms + 0 : undefined);
const noEpoch = (read: (text: string) => number | undefined): DateReader => {
  return (value) => (typeof value === 'string' ? read(value) : undefined);
};
const matching = (shape: RegExp): DateReader => noEpoch((text) => (shape.test(text) ? parseDate(text) : undefined));

const DAY = String.raw`\d{4}-\d\d-\d\d`;
const TIME = String.raw`T\d\d:\d\d:\d\d`;
const ZONE = String.raw`(?:Z|[+-]\d\d(?::?\d\d)?)`;

const isoDate = matching(/^[+-]?\d{4,6}(?:-\d\d(?:-\d\d(?:[T ].*)?)?)?$/);
const epochMillis: DateReader = (value) =>
  typeof value === 'number' || WHOLE.test(value) ? inRange(Math.trunc(Number(value))) : undefined;
const epochSecond: DateReader = (value) =>
  typeof value === 'number' || DECIMAL.test(value) ? inRange(Math.trunc(Number(value) * 1000)) : undefined;

/** Elasticsearch's names; each also with `strict_` before it. */
const NAMED: Readonly<Record<string, DateReader>> = {
  date_optional_time: isoDate,
  date: matching(new RegExp(`^${DAY}$`)),
  date_time: matching(new RegExp(String.raw`^${DAY}${TIME}\.\d{1,9}${ZONE}$`)),
  date_time_no_millis: matching(new RegExp(`^${DAY}${TIME}${ZONE}$`)),
  date_hour_minute_second: matching(new RegExp(`^${DAY}${TIME}$`)),
  year: matching(/^\d{4}$/),
  year_month: matching(/^\d{4}-\d\d$/),
  epoch_millis: epochMillis,
  epoch_second: epochSecond,
};
export const DATE_FORMAT_NAMES: readonly string[] = [
  ...Object.keys(NAMED),
  'basic_date',
  'and patterns of yyyy MM dd HH mm ss SSS XXX',
];

/** Letters of a pattern: the digits they take, and where they stand in ISO 8601. */
const FIELDS: Readonly<
  Record<string, { shape: string; part: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'zone' }>
> = {
  yyyy: { shape: String.raw`\d{4}`, part: 'year' },
  uuuu: { shape: String.raw`\d{4}`, part: 'year' },
  MM: { shape: String.raw`\d\d`, part: 'month' },
  dd: { shape: String.raw`\d\d`, part: 'day' },
  HH: { shape: String.raw`\d\d`, part: 'hour' },
  mm: { shape: String.raw`\d\d`, part: 'minute' },
  ss: { shape: String.raw`\d\d`, part: 'second' },
  SSS: { shape: String.raw`\d{3}`, part: 'fraction' },
  X: { shape: ZONE, part: 'zone' },
  XX: { shape: ZONE, part: 'zone' },
  XXX: { shape: ZONE, part: 'zone' },
  Z: { shape: ZONE, part: 'zone' },
};
const PIECE = /'([^']*)'|([a-zA-Z])\2*|[^a-zA-Z']/gy;

/** `yyyy/MM/dd HH:mm:ss` and the like; undefined when it is no such pattern. */
function patternReader(pattern: string): DateReader | undefined {
  const parts: string[] = [];
  let shape = '';
  let at = 0;
  PIECE.lastIndex = 0;
  for (let piece = PIECE.exec(pattern); piece; piece = PIECE.exec(pattern)) {
    at = PIECE.lastIndex;
    const field = FIELDS[piece[0]];
    if (field) {
      if (parts.includes(field.part)) return undefined;
      parts.push(field.part);
      shape += `(${field.shape})`;
    } else if (piece[2] !== undefined) return undefined;
    else shape += (piece[1] ?? piece[0]).replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  }
  if (at !== pattern.length || !parts.includes('year')) return undefined;
  const whole = new RegExp(`^${shape}$`);
  return noEpoch((text) => {
    const found = whole.exec(text);
    if (!found) return undefined;
    const {
      year,
      month = '01',
      day = '01',
      hour = '00',
      minute = '00',
      second = '00',
      fraction = '0',
      zone = 'Z',
    } = Object.fromEntries(parts.map((part, i) => [part, found[i + 1]!]));
    return parseDate(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${zone}`);
  });
}

function oneReader(format: string): DateReader | undefined {
  const name = format.startsWith('strict_') ? format.slice('strict_'.length) : format;
  if (Object.hasOwn(NAMED, name)) return NAMED[name];
  return patternReader(name === 'basic_date' ? 'yyyyMMdd' : format);
}

/** The default is more lenient than the named formats: it also takes a space between day and time. */
const byDefault: DateReader = (value) => (typeof value === 'string' ? parseDate(value) : Math.trunc(value));

const readers = new Map<string, DateReader>();
const KEPT = 1000;

/** @returns undefined when it is no format */
export function compileDateFormat(format: string): DateReader | undefined {
  const each = format.split('||').map((part) => oneReader(part.trim()));
  if (each.some((reader) => reader === undefined)) return undefined;
  return (value) => {
    for (const reader of each) {
      const ms = reader!(value);
      if (ms !== undefined) return ms;
    }
    return undefined;
  };
}

/** Of a format that has been checked. */
export function dateReader(format: string | undefined): DateReader {
  if (format === undefined) return byDefault;
  let reader = readers.get(format);
  if (!reader) {
    if (readers.size >= KEPT) readers.clear();
    readers.set(format, (reader = compileDateFormat(format) ?? byDefault));
  }
  return reader;
}
