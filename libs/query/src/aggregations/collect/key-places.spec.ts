import fc from 'fast-check';
import { dateRounding } from '../../dates/date-rounding.ts';
import { dateScale, numberScale } from '../plan/plan-histogram.ts';
import { DocValues } from './doc-values.ts';
import { keyPlaces } from './key-places.ts';

const columnOf = (values: readonly number[]): DocValues =>
  new DocValues(Float64Array.from(values), 0, 1, undefined, Math.min(...values), Math.max(...values));

describe('keyPlaces', () => {
  it('gives every value the key that counting one by one gives it, where clocks change too', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', '+05:45');
    const intervals = fc.constantFrom(
      { calendarInterval: 'hour' },
      { calendarInterval: 'day' },
      { calendarInterval: 'week' },
      { calendarInterval: 'month' },
      { calendarInterval: 'quarter' },
      { fixedIntervalMs: 5_400_000 },
      { fixedIntervalMs: 259_200_000 },
    ) as fc.Arbitrary<{ calendarInterval?: 'day'; fixedIntervalMs?: number }>;
    const from = Date.UTC(2023, 0, 1);
    const instants = fc.array(fc.integer({ min: from, max: from + 400 * 86_400_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(zones, intervals, fc.constantFrom(0, 3_600_000), instants, (timeZone, interval, offsetMs, values) => {
        const { calendarInterval, fixedIntervalMs } = interval;
        const rounding = dateRounding(calendarInterval ?? fixedIntervalMs!, timeZone, offsetMs);
        const places = keyPlaces(dateScale({ ...interval, timeZone, offsetMs }, rounding), columnOf(values));
        if (!places) return;
        for (const [at, value] of values.entries()) expect(places.keys[places.placeAt(at)]).toBe(rounding.round(value));
      }),
      { numRuns: 300 },
    );
  });

  it('does so for numbers', () => {
    const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(numbers, fc.constantFrom(0.1, 0.3, 1, 7), fc.constantFrom(0, 0.05), (values, interval, offset) => {
        const scale = numberScale('x', interval, offset);
        const places = keyPlaces(scale, columnOf(values))!;
        for (const [at, value] of values.entries()) expect(places.keys[places.placeAt(at)]).toBe(scale.keyOf(value));
      }),
    );
  });
});
