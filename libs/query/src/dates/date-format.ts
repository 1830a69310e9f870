import { invalid } from '#libs/kernel';
import { HOUR_MS, MINUTE_MS } from './calendar.ts';
import { toUtc } from './date-rounding.ts';
import { isoText, MAX_DATE_MS, parseIsoMs } from './iso-date.ts';
import type { TimeZone } from './time-zone.ts';

/** How dates are written and read: `yyyy-MM-dd`, `epoch_millis`, or several with `||`, of which the first one writes. */
export interface DateFormat {
  /** Undefined beyond the years that a date can hold. */
  print(ms: number, zone?: TimeZone): string | undefined;
  /**
   * ms since 1970, or undefined when the text is not of the format. Without an offset of its own it is in the zone.
   * @param roundUp what the format leaves out of a day's time is its last ms, not its first
   */
  parse(text: string, zone?: TimeZone, roundUp?: boolean): number | undefined;
}

const ISO_DATE: DateFormat = {
  print: isoText,
  parse: (text, zone, roundUp = false) => parseIsoMs(text, roundUp, zone),
};
const epoch = (unitMs: number): DateFormat => ({
  print: (ms) => String(Math.floor(ms / unitMs) + 0),
  parse: (text) => {
    const ms = /^-?\d{1,16}$/.test(text) ? Number(text) * unitMs : Number.NaN;
    return Math.abs(ms) <= MAX_DATE_MS ? ms + 0 : undefined;
  },
});

const NAMED: ReadonlyMap<string, DateFormat | string> = new Map<string, DateFormat | string>([
  ['strict_date_optional_time', ISO_DATE],
  ['date_optional_time', ISO_DATE],
  ['epoch_millis', epoch(1)],
  ['epoch_second', epoch(1000)],
  ['date_time', "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"],
  ['date_time_no_millis', "yyyy-MM-dd'T'HH:mm:ssXXX"],
  ['date_hour_minute_second', "yyyy-MM-dd'T'HH:mm:ss"],
  ['date', 'yyyy-MM-dd'],
  ['year_month_day', 'yyyy-MM-dd'],
  ['year_month', 'yyyy-MM'],
  ['year', 'yyyy'],
  ['basic_date', 'yyyyMMdd'],
  ['hour_minute_second', 'HH:mm:ss'],
]);

/** Throws `invalid` (`unsupported_format`). @param path where the format stands, for messages */
export function dateFormat(format: string, path: string): DateFormat {
  const formats = format.split('||').map((one) => oneFormat(one.trim(), path));
  if (formats.length === 1) return formats[0]!;
  return {
    print: (ms, zone) => formats[0]!.print(ms, zone),
    parse: (text, zone, roundUp) => {
      for (const one of formats) {
        const ms = one.parse(text, zone, roundUp);
        if (ms !== undefined) return ms;
      }
      return undefined;
    },
  };
}

function oneFormat(name: string, path: string): DateFormat {
  const known = NAMED.get(name) ?? NAMED.get(name.replace(/^strict_/, ''));
  if (typeof known === 'object') return known;
  return new PatternFormat(known ?? name, path);
}

/** The parts of a date, on the wall clock; `o` is the offset in ms. */
type Parts = Record<'y' | 'M' | 'd' | 'H' | 'm' | 's' | 'S' | 'o', number>;
type Token =
  { readonly literal: string } | { readonly letter: keyof Parts; readonly source: string; readonly width: number };

const LETTERS: Readonly<Record<string, keyof Parts>> = {
  y: 'y',
  u: 'y',
  M: 'M',
  d: 'd',
  H: 'H',
  m: 'm',
  s: 's',
  S: 'S',
  X: 'o',
  x: 'o',
  Z: 'o',
};
const MAX_WIDTH: Readonly<Record<keyof Parts, number>> = { y: 4, M: 2, d: 2, H: 2, m: 2, s: 2, S: 9, o: 3 };

class PatternFormat implements DateFormat {
  private readonly tokens: readonly Token[];
  private readonly expression: RegExp;

  constructor(pattern: string, path: string) {
    this.tokens = tokenize(pattern, path);
    this.expression = new RegExp(`^${this.tokens.map(expressionOf).join('')}$`);
  }

  print(ms: number, zone?: TimeZone): string | undefined {
    const offset = zone?.offsetAt(ms) ?? 0;
    if (!(Math.abs(ms + offset) <= MAX_DATE_MS)) return undefined;
    const date = new Date(ms + offset);
    const parts: Parts = {
      y: date.getUTCFullYear(),
      M: date.getUTCMonth() + 1,
      d: date.getUTCDate(),
      H: date.getUTCHours(),
      m: date.getUTCMinutes(),
      s: date.getUTCSeconds(),
      S: date.getUTCMilliseconds(),
      o: offset,
    };
    return this.tokens.map((token) => ('literal' in token ? token.literal : printed(token, parts))).join('');
  }

  parse(text: string, zone?: TimeZone, roundUp = false): number | undefined {
    const found = this.expression.exec(text);
    if (!found) return undefined;
    const parts: Partial<Parts> = {};
    let group = 1;
    for (const token of this.tokens) {
      if ('literal' in token) continue;
      const value = found[group++]!;
      if (token.letter === 'o') parts.o = offsetOf(value);
      else if (token.letter === 'S') parts.S = Number(value.padEnd(3, '0').slice(0, 3));
      else parts[token.letter] = token.letter === 'y' && token.width === 2 ? 2000 + Number(value) : Number(value);
    }
    // Missing months and days are the first ones even when rounding up, as in ISO dates.
    const last = (most: number): number => (roundUp ? most : 0);
    const { y = 1970, M = 1, d = 1, H = last(23), m = last(59), s = last(59), S = last(999), o } = parts;
    if (H > 23 || m > 59 || s > 59) return undefined;
    const date = new Date(0);
    date.setUTCFullYear(y, M - 1, d);
    // The 30th of February would roll over to March.
    if (date.getUTCMonth() !== M - 1 || date.getUTCDate() !== d) return undefined;
    date.setUTCHours(H, m, s, S);
    if (o !== undefined) return date.getTime() - o;
    return zone ? toUtc(zone, date.getTime()) : date.getTime();
  }
}

/** Runs of letters, 'quoted' text ('' is a quote), and whatever is no letter. */
function tokenize(pattern: string, path: string): Token[] {
  const fail = (shown: string): Error =>
    invalid(
      'unsupported_format',
      `${path}: "${shown}" in the date format "${pattern}" is not supported; use y M d H m s S X x Z, 'text', or a name such as strict_date_optional_time or epoch_millis`,
      { path, value: pattern },
    );
  const tokens: Token[] = [];
  for (const [source, quoted, letters] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^]/g)) {
    if (quoted !== undefined) tokens.push({ literal: quoted === '' ? "'" : quoted.replaceAll("''", "'") });
    else if (source === "'" || /[[\]{}#]/.test(source)) throw fail(source);
    else if (letters === undefined) tokens.push({ literal: source });
    else {
      const letter = Object.hasOwn(LETTERS, letters) ? LETTERS[letters]! : undefined;
      const width = source.length;
      if (letter === undefined || width > MAX_WIDTH[letter] || (letter === 'y' && width === 3)) throw fail(source);
      tokens.push({ letter, source, width });
    }
  }
  return tokens;
}

function expressionOf(token: Token): string {
  if ('literal' in token) return token.literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const { letter, width } = token;
  if (letter === 'o') return '(Z|[+-]\\d\\d(?::?\\d\\d)?)';
  if (letter === 'S') return `(\\d{${width}})`;
  if (letter === 'y') return width === 2 ? '(\\d\\d)' : '(\\d{4})';
  return width === 1 ? '(\\d{1,2})' : `(\\d{${width}})`;
}

function printed({ letter, source, width }: Extract<Token, { letter: unknown }>, parts: Parts): string {
  if (letter === 'o') return printedOffset(source, parts.o);
  if (letter === 'S') return String(parts.S).padStart(3, '0').padEnd(width, '0').slice(0, width);
  if (letter === 'y' && width === 2) return String(Math.abs(parts.y) % 100).padStart(2, '0');
  const sign = parts[letter] < 0 ? '-' : '';
  return sign + String(Math.abs(parts[letter])).padStart(width, '0');
}

/** X: Z or +01, XX +0100, XXX +01:00; x the same, without Z; Z as xx. */
function printedOffset(source: string, offset: number): string {
  if (offset === 0 && source.startsWith('X')) return 'Z';
  const size = Math.abs(Math.round(offset / MINUTE_MS));
  const two = (number: number): string => String(number).padStart(2, '0');
  const [hours, minutes] = [two(Math.floor(size / 60)), two(size % 60)];
  const sign = offset < 0 ? '-' : '+';
  if (source.length === 3 && !source.startsWith('Z')) return `${sign}${hours}:${minutes}`;
  const short = source.length === 1 && !source.startsWith('Z') && minutes === '00';
  return `${sign}${hours}${short ? '' : minutes}`;
}

function offsetOf(text: string): number {
  if (text === 'Z') return 0;
  const digits = text.slice(1).replace(':', '');
  const ms = Number(digits.slice(0, 2)) * HOUR_MS + Number(digits.slice(2) || 0) * MINUTE_MS;
  return text.startsWith('-') ? -ms : ms;
}
