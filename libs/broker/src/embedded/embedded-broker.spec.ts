import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { createIds, systemClock, systemRandom, toErrorRecord, type Clock } from '#libs/kernel';
import { describeBrokerContract } from '../broker-contract.ts';
import type { Delivery, Settlement } from '../broker.ts';
import { EmbeddedBroker, type EmbeddedBrokerOptions } from './embedded-broker.ts';

const OWNER_TTL_MS = 600;
const options = (path: string): EmbeddedBrokerOptions => ({
  path,
  clock: systemClock,
  random: systemRandom,
  ids: createIds(systemClock, systemRandom),
  ownerTtlMs: OWNER_TTL_MS,
});

describeBrokerContract('EmbeddedBroker', {
  isDurable: true,
  reachesOtherClients: false,
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quarry-broker-'));
    const path = join(folder, 'broker.db');
    const script = fileURLToPath(new URL('embedded-consumer-fixture.ts', import.meta.url));
    const flags = ['--conditions=quarry-src', '--experimental-transform-types', '--no-warnings'];
    return {
      connect: () => EmbeddedBroker.open(options(path)),
      destroy: async () => rmSync(folder, { recursive: true }),
      spawnConsumer: (mailbox, mode) =>
        spawn(process.execPath, [...flags, script, path, mailbox, mode, folder, String(OWNER_TTL_MS)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
    };
  },
});

interface Held {
  readonly delivery: Delivery;
  readonly answer: (settlement: Settlement) => void;
}

/** Consumes two at once; the test answers. */
function held(broker: EmbeddedBroker): { begun: Promise<unknown>; seen: Held[]; next: () => Promise<Held> } {
  const seen: Held[] = [];
  let taken = 0;
  let arrived: (() => void) | undefined;
  const begun = broker.consume('box', { concurrency: 2 }, (delivery) => {
    return new Promise((answer) => {
      seen.push({ delivery, answer });
      arrived?.();
    });
  });
  const next = async (): Promise<Held> => {
    while (seen.length <= taken) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
    return seen[taken++]!;
  };
  return { begun, seen, next };
}

describe('EmbeddedBroker', () => {
  let folder: string;
  let path: string;
  const open: EmbeddedBroker[] = [];
  const connect = async (more: Partial<EmbeddedBrokerOptions> = {}): Promise<EmbeddedBroker> => {
    const broker = await EmbeddedBroker.open({ ...options(path), ...more });
    open.push(broker);
    return broker;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quarry-broker-'));
    path = join(folder, 'sub', 'broker.db');
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((broker) => broker.close()));
    rmSync(folder, { recursive: true });
  });

  describe('a process that is stalled longer than its claims live', () => {
    let stalled: boolean;
    let wakers: (() => void)[];
    let clock: Clock;
    const stall = (): void => {
      stalled = true;
    };
    const wakeUp = (): void => {
      stalled = false;
      for (const wake of wakers) wake();
    };
    beforeEach(() => {
      stalled = false;
      wakers = [];
      // While stalled no sleep ends, so the heart does not beat.
      clock = {
        ...systemClock,
        sleep: async (ms, signal) => {
          await systemClock.sleep(ms, signal);
          if (stalled) await new Promise<void>((resolve) => wakers.push(resolve));
        },
      };
    });
    afterEach(wakeUp);

    it('loses them to others; what it answers later counts for nothing', async () => {
      const a = await connect({ clock });
      const first = held(a);
      await a.publish('box', [{ body: 'x' }]);
      expect((await first.next()).delivery).toMatchObject({ body: 'x', attempt: 1 });
      stall();
      const b = await connect();
      const second = held(b);
      expect((await second.next()).delivery).toMatchObject({ body: 'x', attempt: 2 });
      first.seen[0]!.answer('ack');
      // Goes the same way as the answer, after it.
      await a.publish('other', [{ body: 'y' }]);
      expect(await b.mailboxes()).toMatchObject([
        { mailbox: 'box', inFlight: 1 },
        { mailbox: 'other', ready: 1 },
      ]);
      second.seen[0]!.answer('ack');
    });

    it('learns of it by the signal, and takes up work again', async () => {
      const a = await connect({ clock });
      const first = held(a);
      await a.publish('box', [{ body: 'x' }]);
      const { signal } = (await first.next()).delivery;
      stall();
      const b = await connect();
      const second = held(b);
      (await second.next()).answer('ack');
      while ((await b.mailboxes())[0]!.inFlight > 0) await systemClock.sleep(1);
      await b.close();
      const lost = new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
      });
      wakeUp();
      await lost;
      expect(signal.reason).toMatchObject({ kind: 'cancelled', code: 'lease_lost' });
      await a.publish('box', [{ body: 'y' }]);
      const { delivery, answer } = await first.next();
      expect(delivery).toMatchObject({ body: 'y', attempt: 1 });
      expect(delivery.signal.aborted).toBe(false);
      answer('ack');
    });
  });

  it('delivers a delayed message although the timer fires a moment before the wall clock is there', async () => {
    let now = 1000;
    const early: number[] = [];
    const timers: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      now: () => early.shift() ?? now,
      after: (_, action) => {
        timers.push(action);
        return () => {};
      },
    };
    const broker = await connect({ clock });
    const inbox = held(broker);
    await inbox.begun;
    await broker.publish('box', [{ body: 'x', delayMs: 50 }]);
    expect(await broker.mailboxes()).toMatchObject([{ ready: 0, delayed: 1 }]);
    // The first look of all that the timer sets off is too early, the second is not.
    now = 1050;
    early.push(1049);
    for (const fire of timers) fire();
    const { delivery, answer } = await inbox.next();
    expect(delivery.body).toBe('x');
    answer('ack');
  });

  it('refuses a file that is not its own, with the path', async () => {
    const bad = join(folder, 'bad.db');
    writeFileSync(bad, 'this is not a database, it is a letter to a friend. '.repeat(40));
    const garbage = await EmbeddedBroker.open(options(bad)).catch(toErrorRecord);
    expect(garbage).toMatchObject({ kind: 'corrupt', details: { path: bad } });
    expect(garbage).toHaveProperty('message', expect.stringContaining(bad));

    const foreign = join(folder, 'foreign.db');
    const database = new DatabaseSync(foreign);
    database.exec('CREATE TABLE diary (text)');
    database.close();
    await expect(EmbeddedBroker.open(options(foreign)).catch(toErrorRecord)).resolves.toMatchObject({
      kind: 'invalid',
      code: 'wrong_file',
    });

    const inFolder = await EmbeddedBroker.open(options(folder)).catch(toErrorRecord);
    expect(inFolder).toMatchObject({ kind: 'unavailable', code: 'broker_unavailable', details: { path: folder } });
  });

  it('refuses a file of a newer program', async () => {
    await (await connect()).close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version=99');
    database.close();
    await expect(connect().catch(toErrorRecord)).resolves.toMatchObject({
      kind: 'invalid',
      code: 'newer_schema',
      details: { version: 99 },
    });
  });
});

it('opens a file of version 1: what was delivered before counts as unanswered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quarry-broker-'));
  const path = join(folder, 'broker.db');
  const old = new DatabaseSync(path);
  old.exec(readFileSync(new URL('golden/version-1.sql', import.meta.url), 'utf8'));
  old.close();
  const broker = await EmbeddedBroker.open(options(path));
  const { begun, next } = held(broker);
  await begun;
  const taken = [await next(), await next()];
  expect(taken.map(({ delivery }) => delivery)).toMatchObject([
    { body: 'waiting', attempt: 1, retries: 0, publishedAt: 1_700_000_000_010 },
    { body: 'held', attempt: 5, retries: 0, publishedAt: 1_700_000_000_000 },
  ]);
  for (const { answer } of taken) answer('ack');
  expect(await broker.deadLetters('box', { limit: 10 })).toMatchObject([{ body: 'dead', reason: 'no', attempts: 6 }]);
  await broker.close();
  rmSync(folder, { recursive: true });
});
