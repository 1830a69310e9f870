import { addUnits, floorToUnit } from './calendar.ts';
import { parseDateMs } from './date-math.ts';
import { dateRounding } from './date-rounding.ts';

const now = Date.parse('2024-05-15T12:34:56.789Z');
const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

const keys = (interval: Parameters<typeof dateRounding>[0], zone: string, from: string, count: number): string[] => {
  const rounding = dateRounding(interval, zone);
  let key = rounding.round(Date.parse(from));
  return Array.from({ length: count }, () => {
    const text = iso(key)!;
    expect(rounding.round(key)).toBe(key);
    const next = rounding.next(key);
    expect(rounding.round(next - 1)).toBe(key);
    key = next;
    return text;
  });
};

describe('parseDateMs', () => {
  it.each([
    ['2024', false, '2024-01-01T00:00:00.000Z'],
    ['2024', true, '2024-01-01T23:59:59.999Z'],
    ['2024-02', false, '2024-02-01T00:00:00.000Z'],
    ['2024-02-03T04', true, '2024-02-03T04:59:59.999Z'],
    ['2024-02-03T04:05:06.7', true, '2024-02-03T04:05:06.700Z'],
    ['2024-02-03T04:05:06.789123Z', false, '2024-02-03T04:05:06.789Z'],
    ['2024-02-03T04:05:06+02:00', false, '2024-02-03T02:05:06.000Z'],
    ['2024-02-03 04:05:06-0130', false, '2024-02-03T05:35:06.000Z'],
    ['0099-01-01', false, '0099-01-01T00:00:00.000Z'],
    ['1700000000000', true, '2023-11-14T22:13:20.000Z'],
    [1_700_000_000_000, true, '2023-11-14T22:13:20.000Z'],
    ['now', false, '2024-05-15T12:34:56.789Z'],
    ['now-7d/d', false, '2024-05-08T00:00:00.000Z'],
    ['now/d', true, '2024-05-15T23:59:59.999Z'],
    ['now+1h-30m', false, '2024-05-15T13:04:56.789Z'],
    ['now/w', false, '2024-05-13T00:00:00.000Z'],
    ['2024-01-31||+1M', false, '2024-02-29T00:00:00.000Z'],
    ['2024-01-01||', false, '2024-01-01T00:00:00.000Z'],
    ['2024-01-01||/M', true, '2024-01-31T23:59:59.999Z'],
    ['2024-02-29||+1y/y', false, '2025-01-01T00:00:00.000Z'],
  ])('%s (up: %s) is %s', (text, roundUp, expected) => {
    expect(iso(parseDateMs(text, now, roundUp))).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2024-13',
    '2024-02-30',
    '2024-01-01T25',
    'now-',
    'now/x',
    'now+1',
    '1e5',
    '99999999999999999',
  ])('%j is no date', (text) => {
    expect(parseDateMs(text, now, false)).toBeUndefined();
  });
});

describe('calendar', () => {
  it('floors to units, before 1970 too', () => {
    const ms = Date.UTC(1969, 10, 5, 3, 4, 5);
    expect(iso(floorToUnit('week', ms))).toBe('1969-11-03T00:00:00.000Z');
    expect(iso(floorToUnit('quarter', ms))).toBe('1969-10-01T00:00:00.000Z');
    expect(iso(floorToUnit('year', ms))).toBe('1969-01-01T00:00:00.000Z');
    expect(iso(addUnits('quarter', Date.UTC(2023, 10, 30), 1))).toBe('2024-02-29T00:00:00.000Z');
  });
});

describe('dateRounding', () => {
  it('gives days of 23 and 25 hours when clocks change', () => {
    expect(keys('day', 'Europe/Berlin', '2024-03-30T12:00:00Z', 3)).toEqual([
      '2024-03-29T23:00:00.000Z',
      '2024-03-30T23:00:00.000Z',
      '2024-03-31T22:00:00.000Z',
    ]);
    expect(keys('day', 'Europe/Berlin', '2024-10-26T12:00:00Z', 3)).toEqual([
      '2024-10-25T22:00:00.000Z',
      '2024-10-26T22:00:00.000Z',
      '2024-10-27T23:00:00.000Z',
    ]);
  });

  it('gives two buckets for an hour that comes twice, and none for one that is left out', () => {
    expect(keys('hour', 'Europe/Berlin', '2024-10-27T00:10:00Z', 3)).toEqual([
      '2024-10-27T00:00:00.000Z',
      '2024-10-27T01:00:00.000Z',
      '2024-10-27T02:00:00.000Z',
    ]);
    expect(keys('hour', 'Europe/Berlin', '2024-03-31T00:10:00Z', 3)).toEqual([
      '2024-03-31T00:00:00.000Z',
      '2024-03-31T01:00:00.000Z',
      '2024-03-31T02:00:00.000Z',
    ]);
  });

  it('begins a day at the leap when midnight is left out', () => {
    // In São Paulo the clocks went from 2018-11-03 23:59 to 2018-11-04 01:00.
    expect(keys('day', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', 2)).toEqual([
      '2018-11-03T03:00:00.000Z',
      '2018-11-04T03:00:00.000Z',
    ]);
  });

  it('knows months, weeks, fixed intervals and offsets', () => {
    expect(keys('month', '+05:30', '2024-03-31T20:00:00Z', 2)).toEqual([
      '2024-03-31T18:30:00.000Z',
      '2024-04-30T18:30:00.000Z',
    ]);
    expect(keys('week', 'UTC', '2024-05-15T00:00:00Z', 1)).toEqual(['2024-05-13T00:00:00.000Z']);
    expect(keys(90 * 60_000, 'UTC', '2024-05-15T02:00:00Z', 2)).toEqual([
      '2024-05-15T01:30:00.000Z',
      '2024-05-15T03:00:00.000Z',
    ]);
  });

  it('agrees with Intl about every day of a century of Lord Howe (half-hour summer time)', () => {
    const rounding = dateRounding('day', 'Australia/Lord_Howe');
    const format = new Intl.DateTimeFormat('en-CA', {
      timeZone: 'Australia/Lord_Howe',
      dateStyle: 'short',
      timeStyle: 'medium',
      hourCycle: 'h23',
    });
    for (let ms = Date.UTC(1981, 0, 1); ms < Date.UTC(2030, 0, 1); ms += 86_400_000 * 13.7) {
      expect(format.format(rounding.round(ms))).toMatch(/00:00:00$/);
    }
  });

  it('refuses what is no zone', () => {
    expect(() => dateRounding('day', 'Mars/Olympus')).toThrow('Mars/Olympus');
  });
});
