import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { kindOf, systemClock, toErrorRecord } from '#libs/kernel';
import { eventually } from './broker-contract-fixture.ts';
import type { ConsumerEvent } from './contract-consumer-fixture.ts';
import { describeDirectMessages } from './direct-messages-contract.ts';
import { MAX_MESSAGE_BYTES, type Broker, type Delivery, type MailboxStatus, type Settlement } from './broker.ts';

/** One broker's storage or server, from empty. */
export interface BrokerSite {
  /** One more client, as another process would have; the suite closes it. */
  connect(): Promise<Broker>;
  /** Called when all clients are closed. */
  destroy(): Promise<void>;
  /** Starts a process that calls `runContractConsumer(client, mailbox, mode)`. Adapters in memory have none. */
  spawnConsumer?(mailbox: string, mode: 'hold' | 'work'): ChildProcess;
}

export interface BrokerSubject {
  create(): Promise<BrokerSite>;
  /** Whether messages outlive all clients. */
  readonly isDurable: boolean;
  /** Whether `send` reaches the listeners of other clients. */
  readonly reachesOtherClients: boolean;
}

/** Deliveries as they come, each waiting for the test to answer it. */
class Inbox {
  private readonly arrived: Held[] = [];
  private readonly waiting: ((held: Held) => void)[] = [];

  readonly handle = (delivery: Delivery): Promise<Settlement> =>
    new Promise((settle, fail) => {
      const held: Held = { ...delivery, settle, fail, at: systemClock.monotonic() };
      const waiting = this.waiting.shift();
      if (waiting) waiting(held);
      else this.arrived.push(held);
    });

  next(): Promise<Held> {
    const held = this.arrived.shift();
    return held ? Promise.resolve(held) : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Acknowledges the next `count` and resolves with their bodies. */
  async take(count: number): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < count) {
      const held = await this.next();
      held.settle('ack');
      bodies.push(held.body);
    }
    return bodies;
  }

  get size(): number {
    return this.arrived.length;
  }
}

interface Held extends Delivery {
  settle(settlement: Settlement): void;
  fail(error: unknown): void;
  /** Monotonic ms. */
  readonly at: number;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const bodies = (...texts: string[]): { body: string }[] => texts.map((body) => ({ body }));

async function statusOf(broker: Broker, mailbox: string): Promise<MailboxStatus | undefined> {
  return (await broker.mailboxes()).find((status) => status.mailbox === mailbox);
}

/** Publishes the texts in `box`, fails each once and then for good. */
async function bury(broker: Broker, ...texts: string[]): Promise<void> {
  const inbox = new Inbox();
  const consumer = await broker.consume('box', { concurrency: 1 }, inbox.handle);
  await broker.publish('box', bodies(...texts));
  for (const _ of texts) {
    (await inbox.next()).settle({ retryAfterMs: 0 });
  }
  for (const _ of texts) {
    const held = await inbox.next();
    held.settle({ deadLetter: `cannot do ${held.body}` });
  }
  await eventually(async () => expect(await statusOf(broker, 'box')).toMatchObject({ dead: texts.length }));
  await consumer.close(0);
}

/** What every Broker must do. Declares the tests; to be called at the top level of a spec. */
export function describeBrokerContract(name: string, subject: BrokerSubject): void {
  describe(`${name}: the Broker contract`, () => {
    let site: BrokerSite;
    let broker: Broker;
    let clients: Broker[];
    const connect = async (): Promise<Broker> => {
      const client = await site.connect();
      clients.push(client);
      return client;
    };
    beforeEach(async () => {
      site = await subject.create();
      clients = [];
      broker = await connect();
    });
    afterEach(async () => {
      await Promise.all(clients.map((client) => client.close()));
      await site.destroy();
    });

    describe('delivery', () => {
      it('hands over what was published', async () => {
        const inbox = new Inbox();
        const before = systemClock.now();
        await broker.publish('box', bodies('{"text":"größer 🦔"}'));
        await broker.consume('box', { concurrency: 1 }, inbox.handle);
        const held = await inbox.next();
        expect(held).toMatchObject({ body: '{"text":"größer 🦔"}', attempt: 1 });
        expect(held.id).not.toBe('');
        expect(held.publishedAt).toBeGreaterThanOrEqual(before);
        expect(held.publishedAt).toBeLessThanOrEqual(systemClock.now());
        expect(held.signal.aborted).toBe(false);
        held.settle('ack');
        await eventually(async () => expect(await statusOf(broker, 'box')).toMatchObject({ ready: 0, inFlight: 0 }));
      });

      it('wakes a consumer that waits, of this client and of another', async () => {
        const inbox = new Inbox();
        await broker.consume('box', { concurrency: 1 }, inbox.handle);
        await broker.publish('box', bodies('one'));
        expect(await inbox.take(1)).toEqual(['one']);
        await (await connect()).publish('box', bodies('two'));
        expect(await inbox.take(1)).toEqual(['two']);
      });

      it('prefers higher priorities, then older messages', async () => {
        await broker.publish('box', [
          { body: 'a0' },
          { body: 'a5', priority: 5 },
          { body: 'b0' },
          { body: 'a9', priority: 9 },
          { body: 'b5', priority: 5 },
        ]);
        const inbox = new Inbox();
        await broker.consume('box', { concurrency: 1 }, inbox.handle);
        expect(await inbox.take(5)).toEqual(['a9', 'a5', 'b5', 'a0', 'b0']);
      });

      it('holds delayed messages back, and nothing else', async () => {
        const inbox = new Inbox();
        await broker.consume('box', { concurrency: 1 }, inbox.handle);
        const start = systemClock.monotonic();
        await broker.publish('box', [
          { body: 'later', delayMs: 120 },
          { body: 'sooner', delayMs: 40 },
          { body: 'now' },
        ]);
        expect(await inbox.take(1)).toEqual(['now']);
        for (const [body, delayMs] of [
          ['sooner', 40],
          ['later', 120],
        ] as const) {
          const held = await inbox.next();
          held.settle('ack');
          expect(held.body).toBe(body);
          // Wall and monotonic clock tick apart by a fraction of a millisecond.
          expect(held.at - start).toBeGreaterThanOrEqual(delayMs - 2);
        }
      });

      it('gives at most `concurrency` messages at once, and that many', async () => {
        await broker.publish('box', bodies('a', 'b', 'c', 'd', 'e'));
        const inbox = new Inbox();
        await broker.consume('box', { concurrency: 2 }, inbox.handle);
        const first = await inbox.next();
        const second = await inbox.next();
        expect(await statusOf(broker, 'box')).toMatchObject({ ready: 3, inFlight: 2 });
        expect(inbox.size).toBe(0);
        first.settle('ack');
        const third = await inbox.next();
        expect(inbox.size).toBe(0);
        for (const held of [second, third]) held.settle('ack');
        expect((await inbox.take(2)).toSorted()).toEqual(['d', 'e']);
      });

      it('keeps mailboxes apart: one that is stuck holds up no other', async () => {
        const stuck = new Inbox();
        const other = new Inbox();
        await broker.consume('stuck', { concurrency: 1 }, stuck.handle);
        await broker.consume('other', { concurrency: 1 }, other.handle);
        await broker.publish('stuck', bodies('a', 'b'));
        await broker.publish('other', bodies('c', 'd'));
        expect(await other.take(2)).toEqual(['c', 'd']);
        expect(await stuck.take(2)).toEqual(['a', 'b']);
      });

      it('shares a mailbox between clients without giving a message twice', async () => {
        const count = 60;
        const got: string[] = [];
        let all: () => void;
        const done = new Promise<void>((resolve) => {
          all = resolve;
        });
        const handle = async (delivery: Delivery): Promise<Settlement> => {
          got.push(delivery.body);
          if (got.length === count) all();
          return 'ack';
        };
        for (const client of [broker, await connect()]) await client.consume('box', { concurrency: 3 }, handle);
        const sent = Array.from({ length: count }, (_, i) => String(i));
        await Promise.all(sent.map((body) => broker.publish('box', bodies(body))));
        await done;
        await eventually(async () => expect(await statusOf(broker, 'box')).toMatchObject({ ready: 0, inFlight: 0 }));
        expect(got.toSorted()).toEqual(sent.toSorted());
      });
    });

    describe('what is refused', () => {
      it.each(['', 'Upper', 'sp ace', 'a/b', 'ü', 'x'.repeat(129)])('the mailbox name %j', async (mailbox) => {
        const refused = { kind: 'invalid', code: 'bad_mailbox' };
        await expect(broker.publish(mailbox, bodies('x')).catch(toErrorRecord)).resolves.toMatchObject(refused);
        const consuming = broker.consume(mailbox, { concurrency: 1 }, async () => 'ack');
        await expect(consuming.catch(toErrorRecord)).resolves.toMatchObject(refused);
      });

      it('a body over the limit, with all that was published beside it', async () => {
        const longest = 'ü'.repeat(MAX_MESSAGE_BYTES / 2);
        const publishing = broker.publish('box', bodies('small', `${longest}.`));
        await expect(publishing.catch(toErrorRecord)).resolves.toMatchObject({
          kind: 'invalid',
          code: 'message_too_large',
        });
        const inbox = new Inbox();
        await broker.publish('box', bodies(longest));
        await broker.consume('box', { concurrency: 1 }, inbox.handle);
        expect(await inbox.take(1)).toEqual([longest]);
      });

      it.each([-1, 10, 1.5, Number.NaN])('the priority %d', async (priority) => {
        const publishing = broker.publish('box', [{ body: 'x', priority }]);
        await expect(publishing.catch(toErrorRecord)).resolves.toMatchObject({ kind: 'invalid', code: 'bad_priority' });
      });

      it('a concurrency below one', async () => {
        const consuming = broker.consume('box', { concurrency: 0 }, async () => 'ack');
        await expect(consuming.catch(kindOf)).resolves.toBe('invalid');
      });
    });

    describe('redelivery', () => {
      it('counts attempts and retries (BRK-5), and waits as long as it was told', async () => {
        const inbox = new Inbox();
        await broker.consume('box', { concurrency: 1 }, inbox.handle);
        await broker.publish('box', bodies('x'));
        const first = await inbox.next();
        first.settle({ retryAfterMs: 60 });
        const answered = systemClock.monotonic();
        const second = await inbox.next();
        expect(first.retries).toBe(0);
        expect(second).toMatchObject({ body: 'x', attempt: 2, retries: 1, publishedAt: first.publishedAt });
        expect(second.at - answered).toBeGreaterThanOrEqual(58);
        second.settle({ retryAfterMs: 0 });
        const third = await inbox.next();
        expect(third).toMatchObject({ attempt: 3, retries: 2 });
        third.settle('ack');
        await eventually(async () =>
          expect(await statusOf(broker, 'box')).toMatchObject({ ready: 0, delayed: 0, inFlight: 0 }),
        );
      });

      it('tries again when the handler throws', async () => {
        const inbox = new Inbox();
        await broker.consume('box', { concurrency: 1 }, inbox.handle);
        await broker.publish('box', bodies('x'));
        (await inbox.next()).fail(new Error('boom'));
        const again = await inbox.next();
        expect(again).toMatchObject({ attempt: 2, retries: 1 });
        again.settle('ack');
      });

      it.each([0, 30])('lets neighbours pass a poison message that is retried after %d ms', async (retryAfterMs) => {
        await broker.publish('box', bodies('poison', 'a', 'b'));
        const inbox = new Inbox();
        await broker.consume('box', { concurrency: 1 }, inbox.handle);
        const passed: string[] = [];
        while (!passed.includes('a') || !passed.includes('b')) {
          const held = await inbox.next();
          held.settle(held.body === 'poison' ? { retryAfterMs } : 'ack');
          passed.push(held.body);
        }
        // At most one more try of the poison comes between two neighbours.
        expect(passed.length).toBeLessThanOrEqual(5);
        expect((await inbox.next()).body).toBe('poison');
      });
    });

    describe('dead letters', () => {
      it('keep body, reason and counts, oldest first, page by page', async () => {
        const before = systemClock.now();
        await bury(broker, 'a', 'b', 'c');
        const [a, b] = await broker.deadLetters('box', { limit: 2 });
        expect(a).toMatchObject({ body: 'a', reason: 'cannot do a', attempts: 2 });
        expect(a!.publishedAt).toBeGreaterThanOrEqual(before);
        expect(a!.diedAt).toBeGreaterThanOrEqual(a!.publishedAt);
        const rest = await broker.deadLetters('box', { after: b!.id, limit: 10 });
        expect(rest.map(({ body }) => body)).toEqual(['c']);
        expect(await broker.deadLetters('other', { limit: 10 })).toEqual([]);
        expect(await statusOf(broker, 'box')).toMatchObject({ ready: 0, delayed: 0, inFlight: 0, dead: 3 });
      });

      it('come back as new messages, once', async () => {
        await bury(broker, 'a', 'b');
        const [a] = await broker.deadLetters('box', { limit: 1 });
        expect(await broker.replayDeadLetters('box', [a!.id, 'nonsense', a!.id])).toBe(1);
        expect(await broker.replayDeadLetters('box', [a!.id])).toBe(0);
        expect(await broker.replayDeadLetters('other', [a!.id])).toBe(0);
        const inbox = new Inbox();
        await broker.consume('box', { concurrency: 2 }, inbox.handle);
        const held = await inbox.next();
        held.settle('ack');
        expect(held).toMatchObject({ body: 'a', attempt: 1, retries: 0 });
        expect((await broker.deadLetters('box', { limit: 10 })).map(({ body }) => body)).toEqual(['b']);
      });

      it('are discarded for good', async () => {
        await bury(broker, 'a', 'b');
        const letters = await broker.deadLetters('box', { limit: 10 });
        expect(await broker.discardDeadLetters('box', [letters[1]!.id, '99999999'])).toBe(1);
        expect(await broker.discardDeadLetters('box', [letters[1]!.id])).toBe(0);
        expect((await broker.deadLetters('box', { limit: 10 })).map(({ body }) => body)).toEqual(['a']);
      });
    });

    describe('closing', () => {
      it('lets running handlers finish within the grace, and begins nothing', async () => {
        const inbox = new Inbox();
        const consumer = await broker.consume('box', { concurrency: 1 }, inbox.handle);
        await broker.publish('box', bodies('a', 'b'));
        const held = await inbox.next();
        const closing = consumer.close(10_000);
        expect(held.signal.aborted).toBe(false);
        held.settle('ack');
        await closing;
        expect(held.signal.aborted).toBe(false);
        expect(inbox.size).toBe(0);
        expect(await statusOf(broker, 'box')).toMatchObject({ ready: 1, inFlight: 0 });
      });

      it('then aborts them and hands their messages back to others, whatever they answer later', async () => {
        const inbox = new Inbox();
        const consumer = await broker.consume('box', { concurrency: 1 }, inbox.handle);
        await broker.publish('box', bodies('a'));
        const held = await inbox.next();
        const other = new Inbox();
        const taker = await connect();
        await taker.consume('box', { concurrency: 1 }, other.handle);
        await Promise.all([aborted(held.signal), consumer.close(20)]);
        const again = await other.next();
        expect(again).toMatchObject({ body: 'a', attempt: 2, retries: 0 });
        held.settle('ack');
        // Some servers tell a client only what it has in hand itself.
        expect(await statusOf(taker, 'box')).toMatchObject({ ready: 0, inFlight: 1 });
        again.settle('ack');
        await eventually(async () => expect(await statusOf(taker, 'box')).toMatchObject({ inFlight: 0 }));
      });

      it('of the broker closes its consumers at once; then it is unavailable', async () => {
        const inbox = new Inbox();
        const client = await connect();
        await client.ping();
        await client.consume('box', { concurrency: 1 }, inbox.handle);
        await client.publish('box', bodies('a'));
        const held = await inbox.next();
        await Promise.all([aborted(held.signal), client.close()]);
        await client.close();
        const gone = { kind: 'unavailable', code: 'broker_unavailable' };
        await expect(client.ping().catch(toErrorRecord)).resolves.toMatchObject(gone);
        await expect(client.publish('box', bodies('x')).catch(toErrorRecord)).resolves.toMatchObject(gone);
        await expect(client.mailboxes().catch(toErrorRecord)).resolves.toMatchObject(gone);
      });
    });

    it('counts the messages of every mailbox it has seen', async () => {
      const inbox = new Inbox();
      await broker.consume('consumed', { concurrency: 1 }, inbox.handle);
      await broker.publish('consumed', bodies('a', 'b', 'c'));
      await inbox.next();
      await broker.publish('published', [{ body: 'x', delayMs: 60_000 }, { body: 'y' }]);
      const statuses = await broker.mailboxes();
      expect(statuses.map(({ mailbox }) => mailbox).toSorted()).toEqual(['consumed', 'published']);
      expect(statuses.find(({ mailbox }) => mailbox === 'consumed')).toMatchObject({
        ready: 2,
        delayed: 0,
        inFlight: 1,
        dead: 0,
      });
      expect(statuses.find(({ mailbox }) => mailbox === 'published')).toMatchObject({
        ready: 1,
        delayed: 1,
        inFlight: 0,
        dead: 0,
      });
      await eventually(async () => {
        const oldest = (await statusOf(broker, 'published'))!.oldestReadyMs;
        expect(oldest).toBeGreaterThan(5);
        expect(oldest).toBeLessThan(10_000);
      });
    });

    describeDirectMessages(subject.reachesOtherClients, () => ({ broker, connect }));
    if (subject.isDurable) describeDurability(() => ({ broker, connect, site }));
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGKILL');
  await exited;
}

function describeDurability(current: () => { broker: Broker; connect: () => Promise<Broker>; site: BrokerSite }): void {
  const children: ChildProcess[] = [];
  /** Starts a consuming process; resolves with its events when it consumes. */
  const spawn = async (
    mode: 'hold' | 'work',
  ): Promise<{ child: ChildProcess; events: AsyncIterator<ConsumerEvent> }> => {
    const child = current().site.spawnConsumer!('box', mode);
    children.push(child);
    const events = eventsOf(child);
    expect((await events.next()).value).toEqual({ event: 'ready' });
    return { child, events };
  };

  describe('durability', () => {
    // Inside, so that it comes before the site is destroyed.
    afterEach(async () => {
      await Promise.all(children.splice(0).map(kill));
    });

    it('keeps messages, delays and dead letters when every client is gone', async () => {
      const { broker, connect } = current();
      const first = new Inbox();
      const consumer = await broker.consume('box', { concurrency: 1 }, first.handle);
      await broker.publish('box', bodies('dead'));
      (await first.next()).settle({ deadLetter: 'no' });
      await eventually(async () => expect(await statusOf(broker, 'box')).toMatchObject({ dead: 1 }));
      await consumer.close(0);
      await broker.publish('box', [
        { body: 'delayed', delayMs: 60_000 },
        { body: 'low' },
        { body: 'high', priority: 3 },
      ]);
      await broker.close();
      const reopened = await connect();
      expect(await statusOf(reopened, 'box')).toMatchObject({ ready: 2, delayed: 1, inFlight: 0, dead: 1 });
      expect(await reopened.deadLetters('box', { limit: 10 })).toMatchObject([
        { body: 'dead', reason: 'no', attempts: 1 },
      ]);
      const second = new Inbox();
      await reopened.consume('box', { concurrency: 1 }, second.handle);
      expect(await second.take(2)).toEqual(['high', 'low']);
    });

    it('gives the messages of a killed process to others, with a higher attempt and no retry (BRK-5)', async () => {
      const { broker } = current();
      await broker.publish('box', bodies('a', 'b'));
      const { child, events } = await spawn('hold');
      const held = [(await events.next()).value, (await events.next()).value] as ConsumerEvent[];
      expect(held).toEqual([
        { event: 'start', body: 'a', attempt: 1 },
        { event: 'start', body: 'b', attempt: 1 },
      ]);
      const inbox = new Inbox();
      await broker.consume('box', { concurrency: 2 }, inbox.handle);
      await kill(child);
      const taken = [await inbox.next(), await inbox.next()];
      for (const delivery of taken) delivery.settle('ack');
      expect(taken.map(({ body, attempt, retries }) => `${body}${attempt}${retries}`).toSorted()).toEqual([
        'a20',
        'b20',
      ]);
    });

    it('lets two processes share a mailbox without ever holding the same message at once', async () => {
      const { broker } = current();
      const consumers = await Promise.all([spawn('work'), spawn('work')]);
      const sent = Array.from({ length: 200 }, (_, i) => `m${i}`);
      for (let i = 0; i < sent.length; i += 20) await broker.publish('box', bodies(...sent.slice(i, i + 20)));
      const done: string[] = [];
      const by: number[] = [0, 0];
      await Promise.all(
        consumers.map(async ({ events }, index) => {
          while (done.length < sent.length) {
            const { value } = (await Promise.race([events.next(), allDone(() => done.length >= sent.length)])) as {
              value: ConsumerEvent | undefined;
            };
            if (!value) return;
            expect(value.event).not.toBe('overlap');
            if (value.event !== 'done') continue;
            done.push(value.body);
            by[index]!++;
          }
        }),
      );
      expect(done.toSorted()).toEqual(sent.toSorted());
      expect(Math.min(...by)).toBeGreaterThan(0);
    });
  });
}

async function allDone(check: () => boolean): Promise<{ value: undefined }> {
  await eventually(async () => expect(check()).toBe(true));
  return { value: undefined };
}

async function* eventsOf(child: ChildProcess): AsyncGenerator<ConsumerEvent> {
  for await (const line of createInterface({ input: child.stdout! })) yield JSON.parse(line) as ConsumerEvent;
}
