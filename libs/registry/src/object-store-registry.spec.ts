import fc from 'fast-check';
import { encodeUtf8, seededRandom, type Clock } from '#libs/kernel';
import {
  failCall,
  FaultyObjectStore,
  InterceptingObjectStore,
  MemoryObjectStore,
  type ObjectStore,
} from '#libs/object-store';
import { ObjectStoreRegistry } from './object-store-registry.ts';
import { KEPT_REVISIONS } from './revision-log.ts';

const PREFIX = '_test/things/';

interface Thing {
  readonly n: number;
}

class TestClock implements Clock {
  time = 1_000;
  now = (): number => this.time;
  monotonic = (): number => this.time;
  sleep = async (ms: number): Promise<void> => void (this.time += ms);
  after = (): (() => void) => () => {};
}

/** Asks before each call; counts them. */
class Gate extends InterceptingObjectStore {
  calls: string[] = [];
  constructor(
    below: ObjectStore,
    private readonly enter: (operation: string) => Promise<unknown> = async () => {},
  ) {
    super(below);
  }
  protected override async around<T>(
    call: { operation: string },
    proceed: (options: object) => Promise<T>,
  ): Promise<T> {
    this.calls.push(call.operation);
    await this.enter(call.operation);
    return proceed({});
  }
  protected override async *aroundStream<T>(
    call: { operation: string },
    proceed: (options: object) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    this.calls.push(call.operation);
    await this.enter(call.operation);
    yield* proceed({});
  }
}

let seed = 1;
function open(store: ObjectStore, clock: Clock = new TestClock()): ObjectStoreRegistry<Thing> {
  return new ObjectStoreRegistry<Thing>({ store, prefix: PREFIX, clock, random: seededRandom(seed++) });
}

const keysOf = async (store: ObjectStore): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key.slice(PREFIX.length));
  return keys;
};
const plusOne = ({ n }: Thing): Thing => ({ n: n + 1 });

describe('a registry', () => {
  let store: MemoryObjectStore;
  let registry: ObjectStoreRegistry<Thing>;
  beforeEach(() => {
    store = new MemoryObjectStore();
    registry = open(store);
  });

  it('creates, gets, lists by id, updates and deletes', async () => {
    expect(await registry.get('a')).toBeUndefined();
    expect(await registry.create('a', { n: 1 })).toEqual({ id: 'a', value: { n: 1 }, revision: 1 });
    await registry.create('a-b', { n: 5 });
    await registry.create('B', { n: 9 });
    expect((await registry.list()).map(({ id }) => id)).toEqual(['B', 'a', 'a-b']);
    expect(await registry.update('a', plusOne)).toEqual({ id: 'a', value: { n: 2 }, revision: 2 });
    expect(await registry.get('a')).toEqual({ id: 'a', value: { n: 2 }, revision: 2 });
    expect(await registry.delete('a')).toBe(true);
    expect(await registry.delete('a')).toBe(false);
    expect(await registry.get('a', 0)).toBeUndefined();
    expect(await registry.update('a', plusOne)).toBeUndefined();
    expect((await registry.list()).map(({ id }) => id)).toEqual(['B', 'a-b']);
  });

  it('goes on counting when an id comes again', async () => {
    await registry.create('a', { n: 1 });
    await registry.delete('a');
    expect(await registry.create('a', { n: 7 })).toEqual({ id: 'a', value: { n: 7 }, revision: 3 });
    await expect(registry.create('a', { n: 8 })).rejects.toMatchObject({ kind: 'conflict', code: 'already_exists' });
  });

  it('writes nothing when nothing changes', async () => {
    await registry.create('a', { n: 1 });
    expect(await registry.update('a', (value) => value)).toMatchObject({ revision: 1 });
    await registry.delete('never');
    expect(await keysOf(store)).toEqual(['a/00000001.json']);
  });

  it('keeps only the latest revisions', async () => {
    await registry.create('a', { n: 0 });
    for (let i = 0; i < 20; i++) await registry.update('a', plusOne);
    const kept = await keysOf(store);
    expect(kept).toHaveLength(KEPT_REVISIONS);
    expect(kept.at(-1)).toBe('a/00000021.json');
    expect(await open(store).get('a')).toEqual({ id: 'a', value: { n: 20 }, revision: 21 });
  });

  it.each(['', 'a/b', '..', 'ä', 'a b', 'x'.repeat(129)])('refuses the id %j', async (id) => {
    for (const refused of [registry.get(id), registry.create(id, { n: 1 }), registry.delete(id)])
      await expect(refused).rejects.toMatchObject({ kind: 'invalid', code: 'bad_record_id' });
  });

  it('does not take what is foreign or damaged for a record', async () => {
    await registry.create('a', { n: 1 });
    await store.put(`${PREFIX}a/notes.txt`, encodeUtf8('x'));
    await store.put(`${PREFIX}stray.json`, encodeUtf8('x'));
    expect(await open(store).list()).toHaveLength(1);
    for (const body of ['', '{', '{}', '{"write":"w"}', '[]', 'null']) {
      await store.put(`${PREFIX}a/00000002.json`, encodeUtf8(body));
      await expect(open(store).get('a')).rejects.toMatchObject({ kind: 'corrupt' });
    }
    const strict = new ObjectStoreRegistry<Thing>({
      store,
      prefix: PREFIX,
      clock: new TestClock(),
      parse: () => {
        throw new Error('it has no "n"');
      },
    });
    await store.put(`${PREFIX}a/00000002.json`, encodeUtf8('{"write":"w","value":{}}'));
    await expect(strict.get('a')).rejects.toMatchObject({ kind: 'corrupt', message: expect.stringContaining('"n"') });
  });
});

describe('what a registry remembers', () => {
  it('is as old as asked for at most, of values, absences and lists', async () => {
    const store = new MemoryObjectStore();
    const clock = new TestClock();
    const mine = open(store, clock);
    const other = open(store, clock);
    expect(await mine.get('a')).toBeUndefined();
    expect(await mine.list()).toEqual([]);
    await other.create('a', { n: 1 });
    expect(await mine.get('a')).toBeUndefined();
    expect(await mine.list()).toEqual([]);
    expect(await mine.get('a', 0)).toMatchObject({ value: { n: 1 } });
    expect(await mine.list(0)).toHaveLength(1);
    await other.delete('a');
    clock.time += 9_999;
    expect(await mine.get('a')).toBeDefined();
    clock.time += 1;
    expect(await mine.get('a')).toBeUndefined();
    expect(await mine.list()).toEqual([]);
  });

  it('never hides what this process changed itself', async () => {
    const mine = open(new MemoryObjectStore());
    await mine.list();
    await mine.create('a', { n: 1 });
    expect(await mine.list()).toHaveLength(1);
    await mine.update('a', plusOne);
    expect((await mine.list())[0]).toMatchObject({ value: { n: 2 } });
    await mine.delete('a');
    expect(await mine.list()).toEqual([]);
  });

  it('spares requests', async () => {
    const clock = new TestClock();
    const gate = new Gate(new MemoryObjectStore());
    const mine = open(gate, clock);
    const cost = async (work: () => Promise<unknown>): Promise<string> => {
      gate.calls = [];
      await work();
      return gate.calls.join(' ');
    };
    expect(await cost(() => mine.create('a', { n: 1 }))).toBe('list putIfAbsent list');
    expect(await cost(() => mine.get('a'))).toBe('');
    clock.time += 10_000;
    expect(await cost(() => Promise.all([mine.get('a'), mine.get('a'), mine.get('a')]))).toBe('list');
    expect(await cost(() => mine.list())).toBe('list');
    expect(await cost(() => mine.list())).toBe('');
    const fresh = open(gate, clock);
    expect(await cost(() => fresh.get('a'))).toBe('list get');
    expect(await cost(() => mine.update('a', plusOne))).toBe('list putIfAbsent list');
  });

  it('does not go back to what an overtaken request brings', async () => {
    const store = new MemoryObjectStore();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let hold = false;
    const gate = new Gate(store, async () => (hold ? held : undefined));
    const mine = open(gate);
    await mine.create('a', { n: 1 });
    const listing = open(gate);
    await listing.list();
    hold = true;
    const slow = mine.get('a', 0);
    hold = false;
    await mine.update('a', plusOne);
    release();
    expect(await slow).toMatchObject({ value: { n: 2 } });
    expect(await mine.get('a')).toMatchObject({ value: { n: 2 } });
  });
});

describe('writers that race', () => {
  it('lose no change, in whatever order their requests arrive', async () => {
    const step = fc.constantFrom('add', 'delete', 'create');
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 3 }),
        async (scheduler, scripts) => {
          const store = new MemoryObjectStore();
          // What each success did, by the revision it made: revisions are the order in which changes took place.
          const done: { revision: number; n: number | 'deleted' }[] = [];
          const writer = async (script: readonly string[]): Promise<void> => {
            const registry = open(new Gate(store, (operation) => scheduler.schedule(Promise.resolve(), operation)));
            for (const what of script) {
              try {
                if (what === 'delete') await registry.delete('a');
                else {
                  const made =
                    what === 'add' ? await registry.update('a', plusOne) : await registry.create('a', { n: 0 });
                  if (made) done.push({ revision: made.revision, n: made.value.n });
                }
              } catch (error) {
                expect(['already_exists', 'record_outrun', 'record_contended']).toContain(
                  (error as { code: string }).code,
                );
              }
            }
          };
          await scheduler.waitFor(Promise.all(scripts.map(writer)));
          const revisions = done.map(({ revision }) => revision);
          expect(new Set(revisions).size).toBe(revisions.length);
          // One more than the revision before, or the 0 of a new one.
          const byRevision = new Map(done.map(({ revision, n }) => [revision, n]));
          for (const { revision, n } of done)
            if (n !== 0 && byRevision.has(revision - 1)) expect(n).toBe((byRevision.get(revision - 1) as number) + 1);
            else if (n !== 0) expect(byRevision.has(revision - 1)).toBe(true);
          const last = await open(store).get('a');
          if (last) expect(last.value.n).toBe(byRevision.get(last.revision));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are told when they were asleep while their number came and went', async () => {
    const store = new MemoryObjectStore();
    let wake = (): void => {};
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    const reached: (() => void)[] = [];
    const atPut = new Promise<void>((resolve) => reached.push(resolve));
    const sleeper = open(
      new Gate(store, async (operation) => {
        if (operation !== 'putIfAbsent') return;
        reached[0]!();
        await asleep;
      }),
    );
    const other = open(store);
    await other.create('a', { n: 0 });
    const late = sleeper.update('a', () => ({ n: -1 }));
    await atPut;
    for (let i = 0; i < KEPT_REVISIONS + 1; i++) await other.update('a', plusOne);
    expect(await keysOf(store)).not.toContain('a/00000002.json');
    wake();
    await expect(late).rejects.toMatchObject({ kind: 'conflict', code: 'record_outrun' });
    expect(await open(store).get('a')).toMatchObject({ value: { n: KEPT_REVISIONS + 1 } });
    expect(await keysOf(store)).not.toContain('a/00000002.json');
  });
});

describe('when the store fails', () => {
  const script = async (registry: ObjectStoreRegistry<Thing>): Promise<void> => {
    await registry.create('a', { n: 1 });
    for (let i = 0; i < KEPT_REVISIONS + 2; i++) await registry.update('a', plusOne);
  };

  it.each(['before', 'after'] as const)('at the n-th call, %s its effect, nothing is half', async (at) => {
    const counted = new FaultyObjectStore(new MemoryObjectStore(), () => undefined);
    await script(open(counted));
    for (let n = 0; n < counted.calls; n++) {
      const store = new MemoryObjectStore();
      const registry = open(new FaultyObjectStore(store, failCall(n, { at })));
      await script(registry).catch((error: unknown) => expect(error).toMatchObject({ kind: 'unavailable' }));
      // Whatever it was told, it sees what is there, and can go on.
      const truth = await open(store).get('a', 0);
      expect(await registry.get('a', 0)).toEqual(truth);
      if (truth) expect((await registry.update('a', plusOne))!.value.n).toBe(truth.value.n + 1);
      else expect(await registry.create('a', { n: 1 })).toMatchObject({ revision: 1 });
    }
  });

  it('knows its own change when the answer to a retried request is "exists already"', async () => {
    class Forgetful extends InterceptingObjectStore {
      protected override around<T>(call: { operation: string }, proceed: (options: object) => Promise<T>): Promise<T> {
        if (call.operation !== 'putIfAbsent') return proceed({});
        return proceed({}).then(() => proceed({}));
      }
      protected override aroundStream<T>(_: unknown, proceed: (options: object) => AsyncIterable<T>): AsyncIterable<T> {
        return proceed({});
      }
    }
    const registry = open(new Forgetful(new MemoryObjectStore()));
    expect(await registry.create('a', { n: 1 })).toMatchObject({ revision: 1 });
    expect(await registry.update('a', plusOne)).toMatchObject({ revision: 2, value: { n: 2 } });
  });
});
