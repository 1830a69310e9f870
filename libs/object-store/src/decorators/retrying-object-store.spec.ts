import { encodeUtf8, QuarryError, seededRandom } from '#libs/kernel';
import { MemoryObjectStore } from '../memory/memory-object-store.ts';
import { chunksOf, failureOf, readAll } from '../object-store-contract.ts';
import { FaultyObjectStore, failSometimes, type FaultPlan } from './faulty-object-store.ts';
import { immediateClock } from './immediate-clock-fixture.ts';
import { RetryingObjectStore } from './retrying-object-store.ts';

const policy = { attempts: 4, baseBackoffMs: 100, maxBackoffMs: 250 };

async function retryingOver(plan: FaultPlan): Promise<{
  store: RetryingObjectStore;
  faulty: FaultyObjectStore;
  slept: readonly number[];
}> {
  const memory = new MemoryObjectStore();
  await memory.put('k', encodeUtf8('body'));
  const faulty = new FaultyObjectStore(memory, plan);
  const clock = immediateClock();
  const store = new RetryingObjectStore(faulty, { policy, clock, random: seededRandom(7) });
  return { store, faulty, slept: clock.slept };
}

const failing =
  (times: number, error?: QuarryError): FaultPlan =>
  ({ index }) =>
    index < times ? { at: 'before', ...(error && { error }) } : undefined;

describe('RetryingObjectStore', () => {
  it.each(['unavailable', 'timeout', 'overloaded'] as const)(
    'repeats what is %s, pausing with jitter',
    async (kind) => {
      const { store, faulty, slept } = await retryingOver(failing(3, new QuarryError(kind, 'x')));
      expect(await store.get('k')).toEqual(encodeUtf8('body'));
      expect(faulty.calls).toBe(4);
      expect(slept).toHaveLength(3);
      for (const [i, ms] of slept.entries()) expect(ms).toBeLessThanOrEqual(Math.min(250, 100 * 2 ** i));
      expect(new Set(slept).size).toBe(3);
    },
  );

  it('gives up with the last failure', async () => {
    const { store, faulty } = await retryingOver(failing(99));
    expect(await failureOf(store.head('k'))).toBe('unavailable store_unavailable');
    expect(faulty.calls).toBe(policy.attempts);
  });

  it.each(['invalid', 'not-found', 'conflict', 'corrupt', 'cancelled', 'internal'] as const)(
    'does not repeat what is %s',
    async (kind) => {
      const { store, faulty } = await retryingOver(failing(1, new QuarryError(kind, 'x', { code: 'x' })));
      expect(await failureOf(store.get('k'))).toBe(`${kind} x`);
      expect(faulty.calls).toBe(1);
    },
  );

  it('repeats a stream until its first item, and not after', async () => {
    const { store } = await retryingOver(failing(2));
    expect(await readAll(store.getStream('k'))).toEqual(encodeUtf8('body'));
    const broken = await retryingOver(() => ({ afterItems: 1 }));
    expect(await failureOf(readAll(broken.store.getStream('k')))).toBe('unavailable store_unavailable');
    expect(broken.faulty.calls).toBe(1);
  });

  it('does not repeat an upload, whose source is used up', async () => {
    const { store, faulty } = await retryingOver(failing(1));
    expect(await failureOf(store.putStream('n', chunksOf(encodeUtf8('x'))))).toBe('unavailable store_unavailable');
    expect(faulty.calls).toBe(1);
  });

  it('stops waiting when it is cancelled', async () => {
    const abort = new AbortController();
    const { store, faulty } = await retryingOver(() => {
      abort.abort();
      return { at: 'before' };
    });
    expect(await failureOf(store.get('k', { signal: abort.signal }))).toBe('cancelled cancelled');
    expect(faulty.calls).toBe(1);
  });

  it('may answer false to the creator itself when the first answer was lost', async () => {
    const { store } = await retryingOver(({ index }) => (index === 0 ? { at: 'after' } : undefined));
    expect(await store.putIfAbsent('fresh', encodeUtf8('mine'))).toBe(false);
    expect(await store.get('fresh')).toEqual(encodeUtf8('mine'));
  });

  it('rides out a store that fails a third of the time', async () => {
    const { store, faulty } = await retryingOver(failSometimes(seededRandom(3), 0.33));
    let failures = 0;
    for (let i = 0; i < 200; i++) await store.put(`k${i}`, encodeUtf8('x')).catch(() => failures++);
    expect(faulty.faults).toBeGreaterThan(50);
    // 0.33⁴ of 200 are 2.4.
    expect(failures).toBeLessThan(12);
  });
});
