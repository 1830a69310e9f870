import { invalid } from '#libs/kernel';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './calendar.ts';

/** Offsets of a time zone from UTC, in ms: local = utc + offset. */
export interface TimeZone {
  offsetAt(utcMs: number): number;
  /** The instant at which the offset becomes another one within (fromMs, toMs], or undefined. */
  transitionIn(fromMs: number, toMs: number): number | undefined;
}

const UTC: TimeZone = { offsetAt: () => 0, transitionIn: () => undefined };

/** No zone has ever kept an offset for less than this (Morocco's summer time pauses for four weeks). */
const PROBE_MS = 7 * DAY_MS;
/** Transitions are looked up for one stretch of time as a whole. */
const STRETCH_MS = 52 * PROBE_MS;

/**
 * @param name an IANA name (`Europe/Berlin`), `Z`, or ±hh:mm; throws `invalid` (`bad_time_zone`) else
 */
export function timeZone(name: string): TimeZone {
  if (name === 'UTC' || name === 'Z' || name === '') return UTC;
  const fixed = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(name);
  if (fixed) {
    const offset = (Number(fixed[2]) * HOUR_MS + Number(fixed[3] ?? 0) * MINUTE_MS) * (fixed[1] === '-' ? -1 : 1);
    if (Math.abs(offset) <= 18 * HOUR_MS) return { offsetAt: () => offset, transitionIn: () => undefined };
  }
  try {
    return new IanaTimeZone(name);
  } catch {
    throw invalid('bad_time_zone', `"${name}" is no time zone; write a name such as Europe/Berlin, or +02:00`, {
      value: name,
    });
  }
}

/**
 * Intl answers offsets at some microseconds each, too slow for every document: so the transitions of a stretch of time
 * are found once (probe each week, then bisect to the second) and kept.
 */
class IanaTimeZone implements TimeZone {
  private readonly format: Intl.DateTimeFormat;
  private readonly stretches = new Map<number, Stretch>();
  private last: Stretch | undefined;

  constructor(name: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  offsetAt(utcMs: number): number {
    const { times, offsets } = this.stretch(Math.floor(utcMs / STRETCH_MS));
    let at = times.length - 1;
    while (times[at]! > utcMs) at--;
    return offsets[at]!;
  }

  transitionIn(fromMs: number, toMs: number): number | undefined {
    for (let n = Math.floor(fromMs / STRETCH_MS); n <= Math.floor(toMs / STRETCH_MS); n++) {
      const { times, offsets } = this.stretch(n);
      const previous = this.stretch(n - 1).offsets.at(-1)!;
      for (let i = 0; i < times.length; i++) {
        const before = i === 0 ? previous : offsets[i - 1]!;
        if (offsets[i] !== before && times[i]! > fromMs && times[i]! <= toMs) return times[i];
      }
    }
    return undefined;
  }

  private stretch(number: number): Stretch {
    if (this.last?.number === number) return this.last;
    let found = this.stretches.get(number);
    if (!found) {
      found = this.probe(number);
      this.stretches.set(number, found);
    }
    this.last = found;
    return found;
  }

  private probe(number: number): Stretch {
    const begin = number * STRETCH_MS;
    const times = [begin];
    const offsets = [this.ask(begin)];
    for (let at = begin; at < begin + STRETCH_MS; at += PROBE_MS) {
      const end = Math.min(at + PROBE_MS, begin + STRETCH_MS - SECOND_MS);
      const after = this.ask(end);
      if (after === offsets.at(-1)) continue;
      let low = at;
      let high = end;
      while (high - low > SECOND_MS) {
        const middle = Math.floor((low + high) / 2 / SECOND_MS) * SECOND_MS;
        if (this.ask(middle) === after) high = middle;
        else low = middle;
      }
      times.push(high);
      offsets.push(after);
    }
    return { number, times, offsets };
  }

  private ask(utcMs: number): number {
    const part: Record<string, string> = {};
    for (const { type, value } of this.format.formatToParts(utcMs)) part[type] = value;
    const year = part['era'] === 'BC' ? 1 - Number(part['year']) : Number(part['year']);
    const local = new Date(0);
    local.setUTCFullYear(year, Number(part['month']) - 1, Number(part['day']));
    local.setUTCHours(Number(part['hour']), Number(part['minute']), Number(part['second']));
    return local.getTime() - Math.floor(utcMs / SECOND_MS) * SECOND_MS;
  }
}

interface Stretch {
  readonly number: number;
  /** The first is the stretch's beginning; the others are transitions. */
  readonly times: readonly number[];
  readonly offsets: readonly number[];
}
