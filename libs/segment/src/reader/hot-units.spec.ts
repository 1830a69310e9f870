import { HotUnits } from './hot-units.ts';

const range = (offset: number): { offset: number; length: number } => ({ offset, length: 10 });

describe('HotUnits', () => {
  it('keeps what is read a second time, and nothing that is read once', () => {
    const units = new HotUnits();
    const parsed = {};
    units.put(range(0), parsed, 10);
    expect(units.get(0)).toBe(undefined);
    units.put(range(0), parsed, 10);
    expect(units.get(0)).toBe(parsed);
    for (let offset = 1; offset < 20_000; offset++) units.put(range(offset), {}, 10);
    expect(units.get(0)).toBe(parsed);
  });

  it('holds to one bound with the units of all segments, and lets the oldest go first', () => {
    const [first, second] = [new HotUnits(), new HotUnits()];
    const put = (units: HotUnits, offset: number): void => {
      for (let time = 0; time < 2; time++) units.put(range(offset), {}, 1 << 20);
    };
    for (let offset = 0; offset < 40; offset++) put(first, offset);
    expect(first.get(0)).toBeDefined();
    for (let offset = 0; offset < 40; offset++) put(second, offset);
    expect(first.get(0)).toBeDefined();
    expect(first.get(1)).toBe(undefined);
    expect(second.get(39)).toBeDefined();
  });

  it('does not keep a unit that would take half of everything', () => {
    const units = new HotUnits();
    for (let time = 0; time < 2; time++) units.put(range(0), {}, 40 << 20);
    expect(units.get(0)).toBe(undefined);
  });
});
