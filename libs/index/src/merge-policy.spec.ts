import fc from 'fast-check';
import { liveBytes, planMerges, type Mergeable } from './merge-policy.ts';

const MIB = 2 ** 20;
const TARGET = 512 * MIB;

const segment = (id: string, mib: number, deleted = 0): Mergeable => ({
  id,
  bytes: mib * MIB,
  docCount: 1000,
  ...(deleted > 0 && { deletes: { key: `${id}.del`, count: deleted } }),
});
const segments = (sizes: readonly number[], prefix = 's'): Mergeable[] =>
  sizes.map((mib, i) => segment(`${prefix}${String(i).padStart(3, '0')}`, mib));

const anySegment = fc
  .record({
    bytes: fc.oneof(fc.integer({ min: 200, max: 3 * MIB }), fc.integer({ min: MIB, max: 900 * MIB })),
    docCount: fc.integer({ min: 1, max: 100_000 }),
    deleted: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.999, noNaN: true })),
  })
  .map(({ bytes, docCount, deleted }) => ({ bytes, docCount, count: Math.floor(deleted * docCount) }));
const anySegments = fc.array(anySegment, { maxLength: 200 }).map((all) =>
  all.map(({ bytes, docCount, count }, i): Mergeable => ({
    id: `s${String(i).padStart(3, '0')}`,
    bytes,
    docCount,
    ...(count > 0 && { deletes: { key: 'd', count } }),
  })),
);

/** The version after the merges, by estimate. */
function merged(before: readonly Mergeable[], groups: readonly (readonly string[])[], round: number): Mergeable[] {
  const gone = new Set(groups.flat());
  const byId = new Map(before.map((each) => [each.id, each]));
  const made = groups.map((ids, i): Mergeable => {
    const inputs = ids.map((id) => byId.get(id)!);
    const sum = (of: (each: Mergeable) => number): number => inputs.reduce((total, each) => total + of(each), 0);
    return {
      id: `m${round}-${i}`,
      bytes: Math.max(1, Math.round(sum(liveBytes))),
      docCount: sum(({ docCount, deletes }) => docCount - (deletes?.count ?? 0)),
    };
  });
  return [...before.filter(({ id }) => !gone.has(id)), ...made];
}

describe('the merge policy', () => {
  it('finds nothing to do in few segments, or in large ones', () => {
    expect(planMerges([], { targetBytes: TARGET })).toEqual([]);
    expect(planMerges(segments([1, 1, 1]), { targetBytes: TARGET })).toEqual([]);
    expect(planMerges(segments([300, 300, 300, 300, 300]), { targetBytes: TARGET })).toEqual([]);
    // A ladder: no four alike.
    expect(planMerges(segments([1, 2, 5, 17, 65, 250]), { targetBytes: TARGET })).toEqual([]);
  });

  it('merges four of similar size, in the order of the manifest', () => {
    const groups = planMerges(segments([10, 300, 9, 12, 2, 11]), { targetBytes: TARGET });
    expect(groups).toEqual([['s000', 's002', 's003', 's005']]);
  });

  it('fills the target and no more', () => {
    const groups = planMerges(segments(Array.from({ length: 9 }, () => 100)), { targetBytes: TARGET });
    // Five fit; the other four do, too.
    expect(groups.map((group) => group.length)).toEqual([5, 4]);
  });

  it('rewrites a segment of which more than 30 % is deleted, alone if need be', () => {
    expect(planMerges([segment('a', 400, 300)], { targetBytes: TARGET })).toEqual([]);
    expect(planMerges([segment('a', 400, 301)], { targetBytes: TARGET })).toEqual([['a']]);
    expect(planMerges([segment('a', 400, 900), segment('b', 500, 500)], { targetBytes: TARGET })).toEqual([['a', 'b']]);
    // Larger than the target: its output is cut by whoever writes it.
    expect(planMerges([segment('a', 4000, 400)], { targetBytes: TARGET })).toEqual([['a']]);
  });

  it('with force leaves no deleted document, and no two segments that would fit into one', () => {
    const all = [...segments([100, 200, 300, 400, 500, 600]), segment('x', 700, 1)];
    expect(planMerges(all, { targetBytes: TARGET, force: true })).toEqual([['x'], ['s000', 's003'], ['s001', 's002']]);
    expect(planMerges(segments([500, 600]), { targetBytes: TARGET, force: true })).toEqual([]);
  });

  it('plans disjoint groups that fit, the same for the same segments', () => {
    fc.assert(
      fc.property(anySegments, fc.boolean(), fc.constantFrom(1, 64, 512), (all, force, mib) => {
        const targetBytes = mib * MIB;
        const groups = planMerges(all, { targetBytes, force });
        const ids = groups.flat();
        expect(new Set(ids).size).toBe(ids.length);
        const byId = new Map(all.map((each) => [each.id, each]));
        for (const group of groups) {
          expect(group.length).toBeLessThanOrEqual(64);
          const bytes = group.reduce((sum, id) => sum + liveBytes(byId.get(id)!), 0);
          if (group.length > 1) expect(bytes).toBeLessThanOrEqual(targetBytes * 1.000001);
          else expect(byId.get(group[0]!)!.deletes).toBeDefined();
          expect(group).toEqual(group.toSorted());
        }
        const again = planMerges(all, { targetBytes, force });
        expect(again).toEqual(groups);
        const shuffled = planMerges(all.toReversed(), { targetBytes, force });
        expect(shuffled.map((group) => group.toSorted())).toEqual(groups);
      }),
    );
  });

  it('comes to an end, with few segments and no waste left', () => {
    fc.assert(
      fc.property(anySegments, fc.boolean(), (all, force) => {
        let now: Mergeable[] = [...all];
        let rewritten = 0;
        const total = all.reduce((sum, each) => sum + liveBytes(each), 0);
        let rounds = 0;
        for (; ; rounds++) {
          const groups = planMerges(now, { targetBytes: TARGET, force });
          if (groups.length === 0) break;
          const inputs = new Set(groups.flat());
          for (const each of now) if (inputs.has(each.id)) rewritten += liveBytes(each);
          now = merged(now, groups, rounds);
          expect(rounds).toBeLessThan(40);
        }
        // Every byte once in each tier, once to be rid of what is deleted, and once to fill the target.
        expect(rewritten).toBeLessThanOrEqual(8 * total + 1);
        expect(now.filter(({ docCount, deletes }) => (deletes?.count ?? 0) > 0.3 * docCount)).toEqual([]);
        const small = now.filter((each) => liveBytes(each) < TARGET / 2);
        // Three in each of the five tiers below half of 512 MiB.
        expect(small.length).toBeLessThanOrEqual(15);
      }),
    );
  });

  it('keeps a stream of small imports at a few dozen segments, for a few times its bytes', () => {
    let now: Mergeable[] = [];
    let rewritten = 0;
    let most = 0;
    const imports = 2000;
    for (let i = 0; i < imports; i++) {
      now.push(segment(`i${String(i).padStart(5, '0')}`, 2));
      const groups = planMerges(now, { targetBytes: TARGET });
      const inputs = new Set(groups.flat());
      for (const each of now) if (inputs.has(each.id)) rewritten += each.bytes;
      now = merged(now, groups, i);
      most = Math.max(most, now.length);
    }
    expect(most).toBeLessThanOrEqual(28);
    expect(rewritten / (imports * 2 * MIB)).toBeLessThan(5);
  });
});
