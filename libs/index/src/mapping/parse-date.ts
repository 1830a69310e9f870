const DAY_MS = 86_400_000;
/** The range of a JavaScript date. */
const MAX_DATE_MS = 8.64e15;
const EPOCH_MS = /^-?\d{5,16}$/;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;

/**
 * `yyyy`, `yyyy-MM`, `yyyy-MM-dd`, and the last followed by `T` or a space, `HH:mm`, `HH:mm:ss` or `HH:mm:ss.SSS` (1 to 9
 * digits; what is finer than a millisecond is dropped) and `Z`, `±HH`, `±HHmm` or `±HH:mm` (UTC without); years of five or
 * six digits with a sign; or epoch milliseconds in five digits or more. Nothing rolls over: February 30th is no date.
 * @returns ms since 1970, or undefined
 */
export function parseDate(text: string): number | undefined {
  const first = text.charCodeAt(0);
  if (text.charCodeAt(4) !== DASH && EPOCH_MS.test(text)) return inRange(Number(text));
  const signed = first === DASH || first === PLUS;
  const yearEnd = signed ? text.indexOf('-', 1) : 4;
  const yearDigits = signed ? (yearEnd < 0 ? text.length : yearEnd) - 1 : 4;
  if (yearDigits < 4 || yearDigits > 6) return undefined;
  const year = digits(text, signed ? 1 : 0, yearDigits);
  if (year < 0) return undefined;
  return afterYear(text, signed ? yearDigits + 1 : 4, first === DASH ? -year : year);
}

/** Whether a string is taken for a date by the dynamic schema: a whole day at least, so that "2024" stays a word. */
export function looksLikeDate(text: string): boolean {
  return (
    text.length >= 10 &&
    text.length <= 40 &&
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    parseDate(text) !== undefined
  );
}

function afterYear(text: string, at: number, year: number): number | undefined {
  const length = text.length;
  if (at === length) return inRange(dayNumber(year, 1, 1) * DAY_MS);
  const month = text.charCodeAt(at) === DASH ? digits(text, at + 1, 2) : -1;
  if (month < 1 || month > 12) return undefined;
  if (at + 3 === length) return inRange(dayNumber(year, month, 1) * DAY_MS);
  const day = text.charCodeAt(at + 3) === DASH ? digits(text, at + 4, 2) : -1;
  if (day < 1 || day > daysInMonth(year, month)) return undefined;
  const midnight = dayNumber(year, month, day) * DAY_MS;
  const time = at + 6;
  if (time === length) return inRange(midnight);
  const separator = text.charCodeAt(time);
  if (separator !== 0x54 && separator !== 0x20) return undefined; // T, space
  return afterDay(text, time + 1, midnight);
}

function afterDay(text: string, start: number, midnight: number): number | undefined {
  const hour = digits(text, start, 2);
  const minute = text.charCodeAt(start + 2) === COLON ? digits(text, start + 3, 2) : -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return undefined;
  let at = start + 5;
  let ms = midnight + hour * 3_600_000 + minute * 60_000;
  if (text.charCodeAt(at) === COLON) {
    const second = digits(text, at + 1, 2);
    if (second < 0 || second > 59) return undefined;
    ms += second * 1000;
    at += 3;
    const mark = text.charCodeAt(at);
    if (mark === 0x2e || mark === 0x2c) {
      const end = digitsEnd(text, at + 1);
      const count = end - at - 1;
      if (count < 1 || count > 9) return undefined;
      const shown = Math.min(count, 3);
      ms += digits(text, at + 1, shown) * 10 ** (3 - shown);
      at = end;
    }
  }
  const offset = offsetMs(text, at);
  return offset === undefined ? undefined : inRange(ms - offset);
}

/** The zone that takes up all of the rest. */
function offsetMs(text: string, at: number): number | undefined {
  const rest = text.length - at;
  if (rest === 0) return 0;
  const sign = text.charCodeAt(at);
  if (rest === 1) return sign === 0x5a ? 0 : undefined; // Z
  if (sign !== PLUS && sign !== DASH) return undefined;
  const hours = digits(text, at + 1, 2);
  const colon = text.charCodeAt(at + 3) === COLON ? 1 : 0;
  const minutes = rest === 3 ? 0 : rest === 5 + colon ? digits(text, at + 3 + colon, 2) : -1;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  return (sign === DASH ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}

const inRange = (ms: number): number | undefined => (Math.abs(ms) <= MAX_DATE_MS ? ms + 0 : undefined);

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const daysInMonth = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : DAYS_IN_MONTH[month - 1]!;

/** Days since 1970-01-01 in the proleptic Gregorian calendar. */
function dayNumber(year: number, month: number, day: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const dayOfYear = DAYS_BEFORE_MONTH[month - 1]! + day - 1 + (month > 2 && isLeap(year) ? 1 : 0);
  return before * 365 + leapDays + dayOfYear - 719_162;
}

/** `count` decimal digits as a number; -1 when there are others or fewer. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function digitsEnd(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++;
  return at;
}
