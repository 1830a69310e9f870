import { GroupRunner } from './group-runner.ts';

describe('GroupRunner', () => {
  it('folds what arrives while a group is under way into the next one', async () => {
    const groups: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const runner = new GroupRunner<number, number>(async (_key, items) => {
      groups.push([...items]);
      started.resolve();
      if (groups.length === 1) await gate.promise;
      return items.map((item) => ({ status: 'fulfilled', value: item * 10 }));
    }, 3);
    const first = runner.run('a', 1);
    await started.promise;
    const rest = [2, 3, 4, 5].map((item) => runner.run('a', item));
    gate.resolve();
    expect(await first).toBe(10);
    expect(await Promise.all(rest)).toEqual([20, 30, 40, 50]);
    expect(groups).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('keeps keys apart and an outcome to its item', async () => {
    const runner = new GroupRunner<number, number>(async (key, items) => {
      if (key === 'broken') throw new Error('group failed');
      return items.map((item) =>
        item < 0 ? { status: 'rejected', reason: new Error(`no ${item}`) } : { status: 'fulfilled', value: item },
      );
    }, 10);
    const outcomes = await Promise.allSettled([
      runner.run('a', 1),
      runner.run('a', -1),
      runner.run('broken', 1),
      runner.run('broken', 2),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    // A failed group leaves the key usable.
    expect(await runner.run('a', 2)).toBe(2);
  });
});
