import fc from 'fast-check';
import { Boundary } from './boundary.ts';
import { CollectWorld, GRACE_MS, HOUR_MS, type Trouble } from './collect-world-fixture.ts';
import { LOGS } from './commit-fixture.ts';
import { objectPaths } from './object-paths.ts';

/** Hundreds of small worlds on a busy machine. */
const MANY_MS = 240_000;

/** What a forgotten job hears that comes with what is no longer there. */
const GIVEN_UP = new Set(['segment_collected', 'object_not_found']);

const process = fc.nat(2);
const id = fc.integer({ min: 0, max: 12 }).map((n) => `d${n}`);
const trouble: fc.Arbitrary<Trouble | undefined> = fc.option(
  fc.record({
    nth: fc.nat(14),
    what: fc.constantFrom<Trouble['what']>('stall', 'stall', 'fail before', 'fail after'),
  }),
  { nil: undefined },
);
type Action = (world: CollectWorld) => Promise<unknown> | void;
const named = (name: string, action: Action): Action => Object.assign(action, { toString: () => name });

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        process,
        fc.array(id, { maxLength: 5 }),
        fc.array(id, { maxLength: 2 }),
        fc.constantFrom(0, 0, 0, HOUR_MS, 30 * HOUR_MS),
        trouble,
      )
      .map(([who, docs, deleted, lateMs, of]) =>
        named(`write ${JSON.stringify([who, docs, deleted, lateMs, of])}`, (world) =>
          world.write(who, docs, deleted, lateMs, of),
        ),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(process, trouble)
      .map(([who, of]) => named(`compact ${JSON.stringify([who, of])}`, (world) => world.compact(who, of))),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(process, trouble)
      .map(([who, of]) => named(`collect ${JSON.stringify([who, of])}`, (world) => world.collect(who, of))),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(0.2, 2, 10, 25, 60)
      .map((hours) => named(`pass ${hours} h`, (world) => world.pass(hours * HOUR_MS))),
  },
  { weight: 1, arbitrary: fc.constant(named('litter', (world) => world.litter())) },
  { weight: 1, arbitrary: fc.constant(named('forget', (world) => world.forget())) },
  { weight: 2, arbitrary: fc.constant(named('go on', (world) => world.goOn())) },
);

describe('collecting garbage', () => {
  it(
    'deletes nothing that is needed and leaves nothing that is not, whatever stalls, fails, and runs at once',
    async () => {
      const refusals = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 25 }), async (actions) => {
          const world = new CollectWorld();
          await world.open();
          for (const each of actions) {
            await each(world);
            await world.check();
          }
          await world.goOn();
          await world.check();
          await world.checkClean();
          for (const code of world.refusals) refusals.add(code);
        }),
        { numRuns: 200 },
      );
      // Nothing else is ever said to a client.
      const expected = new Set([...GIVEN_UP, 'store_unavailable', 'collector_contended', 'version_not_found']);
      expect([...refusals].filter((code) => !expected.has(code))).toEqual([]);
    },
    MANY_MS,
  );

  it.each(['fail before', 'fail after', 'stall'] as const)(
    'may %s at any of its requests, and another finishes',
    async (what) => {
      for (let nth = 0; ; nth++) {
        const world = new CollectWorld();
        await world.open();
        await world.litter();
        for (let at = 0; at < 4; at++) await world.write(0, [`a${at}`, 'same'], [], 0);
        await world.compact(0);
        await world.write(0, [], ['a1'], 0);
        world.pass(GRACE_MS + HOUR_MS);
        await world.write(0, ['new'], [], 0);
        const collected = await world.collect(1, { nth, what });
        const isLast = !world.met(1);
        await world.check();
        await world.collect(2);
        await world.check();
        await world.goOn();
        await world.check();
        await world.checkClean();
        if (!isLast) continue;
        expect(nth).toBeGreaterThan(12);
        expect(collected).toMatchObject({ boundary: 7, versions: 6, segments: 5, staged: 6 });
        return;
      }
    },
    MANY_MS,
  );

  it('GC-1: keeps what a job that runs for longer than the grace period has made, and commits it', async () => {
    const world = new CollectWorld();
    await world.open();
    for (let at = 0; at < 3; at++) {
      await world.write(0, ['a'], [], 0);
      world.pass(10 * HOUR_MS);
    }
    const stall = { nth: 0, what: 'stall' } as const;
    await world.write(1, ['long'], [], 0, stall);
    world.pass(3 * GRACE_MS);
    await world.collect(2);
    await world.write(0, ['a'], [], 0);
    await world.collect(2);
    await world.goOn();
    expect(world.refusals).toEqual([]);
    await world.check();
  });

  it('GC-2: refuses what a forgotten job comes with after it was given up, and shows it at no moment', async () => {
    for (let nth = 0; nth < 12; nth++) {
      const world = new CollectWorld();
      await world.open();
      await world.write(0, ['a'], [], 0);
      await world.write(1, ['zombie'], [], 0, { nth, what: 'stall' });
      world.forget();
      world.pass(2 * GRACE_MS);
      await world.collect(2);
      await world.check();
      await world.goOn();
      await world.check();
      expect(world.refusals.filter((code) => !GIVEN_UP.has(code))).toEqual([]);
      if (nth < 3) expect(world.refusals).toHaveLength(1);
      await world.checkClean();
    }
  });

  it('MAN-2: repairs a boundary that another collector has moved back', async () => {
    const world = new CollectWorld();
    await world.open();
    for (let at = 0; at < 6; at++) await world.write(0, ['a'], [], 0);
    world.pass(2 * GRACE_MS);
    await world.collect(0);
    expect(await new Boundary(world.store).read(LOGS)).toBe(7);
    await world.store.put(objectPaths(LOGS).boundary, new TextEncoder().encode('3'));
    await world.write(0, ['b'], [], 0);
    await world.check();
    await world.collect(1);
    expect(await new Boundary(world.store).read(LOGS)).toBe(7);
  });

  it('leaves foreign objects alone, and folders that are no index', async () => {
    const world = new CollectWorld();
    await world.store.put('acme/logs/segment/00/mine.seg', new Uint8Array(1));
    await world.store.put('acme/logs/segment/readme.txt', new Uint8Array(1));
    await world.store.put('acme/logs/staging/photos/one.jpg', new Uint8Array(1));
    world.pass(2 * GRACE_MS);
    const foreign = await world.keys();
    await world.collect(0);
    expect(await world.keys()).toEqual(foreign);
    await world.store.put('acme/logs/staging/01HF7YAT00NQDW37JEMKHE4708/documents', new Uint8Array(1));
    world.pass(2 * GRACE_MS);
    expect(await world.collect(0)).toMatchObject({ boundary: 0, staged: 1 });
    await world.open();
    world.pass(2 * GRACE_MS);
    await world.collect(0);
    expect(await world.keys()).toEqual(expect.arrayContaining(foreign));
  });
});
