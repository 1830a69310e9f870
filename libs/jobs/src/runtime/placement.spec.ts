import fc from 'fast-check';
import { place, ranking, type Placeable } from './placement.ts';

const workersOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `worker-${i}`);
const itemsOf = (count: number): Placeable[] =>
  Array.from({ length: count }, (_, i) => ({ key: `01SEGMENT${i}`, weight: 1000 + ((i * 7919) % 500) }));

const arbitraryItems = fc.uniqueArray(
  fc.record({ key: fc.string({ minLength: 1, maxLength: 8 }), weight: fc.integer({ min: 0, max: 1000 }) }),
  { selector: ({ key }) => key, maxLength: 40 },
);

describe('place', () => {
  it('depends neither on the order of the items nor on that of the workers', () => {
    fc.assert(
      fc.property(arbitraryItems, fc.integer({ min: 1, max: 9 }), fc.nat(), (items, count, turn) => {
        const workers = workersOf(count);
        const placed = new Map(place(items, workers).map((worker, i) => [items[i]!.key, worker]));
        const turned = workers.map((_, i) => workers[(i + turn) % count]!);
        const reversed = items.toReversed();
        expect(new Map(place(reversed, turned).map((worker, i) => [reversed[i]!.key, worker]))).toEqual(placed);
      }),
    );
  });

  it('gives nobody more than a quarter above its share, or its share and one item', () => {
    fc.assert(
      fc.property(arbitraryItems, fc.integer({ min: 1, max: 9 }), (items, count) => {
        const loads = new Map<string, number>();
        place(items, workersOf(count)).forEach((worker, i) =>
          loads.set(worker, (loads.get(worker) ?? 0) + items[i]!.weight),
        );
        const share = items.reduce((sum, { weight }) => sum + weight, 0) / count;
        const heaviest = Math.max(0, ...items.map(({ weight }) => weight));
        for (const load of loads.values()) expect(load).toBeLessThanOrEqual(Math.max(share * 1.25, share + heaviest));
      }),
    );
  });

  it.each([
    [1000, 4],
    [1000, 10],
    [300, 8],
  ])('moves at most 1.3/n of %i items when the %ith worker comes or goes', (count, n) => {
    const items = itemsOf(count);
    const fewer = place(items, workersOf(n - 1));
    const more = place(items, workersOf(n));
    const moved = more.filter((worker, i) => worker !== fewer[i]).length;
    expect(moved / count).toBeLessThanOrEqual(1.3 / n);
    expect(moved).toBeGreaterThan(0);
  });

  it('has nowhere to place without workers', () => expect(place(itemsOf(2), [])).toEqual([]));
});

it('ranks all workers, each key in an order of its own', () => {
  const firsts = itemsOf(200).map(({ key }) => ranking(key, workersOf(4))[0]);
  for (const worker of workersOf(4)) {
    expect(firsts.filter((first) => first === worker).length).toBeGreaterThan(25);
  }
});
