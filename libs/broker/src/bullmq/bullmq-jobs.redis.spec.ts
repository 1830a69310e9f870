import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { systemClock, type QuarryError } from '#libs/kernel';
import { connectRedis } from '#libs/redis';
import { OwnTime } from '#libs/testing';
import { eventually } from '../broker-contract-fixture.ts';
import type { Delivery, Settlement } from '../broker.ts';
import type { BullMqBrokerOptions } from './bullmq-broker-options.ts';
import type { BullMqBroker } from './bullmq-broker.ts';
import { openBullMqBroker } from './open-bullmq-broker.ts';
import { cleanNamespace, optionsAt } from './redis-fixture.ts';

describe('BullMqBroker', () => {
  let options: BullMqBrokerOptions;
  let broker: BullMqBroker;
  let redis: Redis;
  let errors: QuarryError[];
  const key = (rest: string): string => `{${options.namespace}}:box:${rest}`;
  beforeEach(async () => {
    errors = [];
    const { namespace, ...rest } = optionsAt(process.env['QUARRY_TEST_REDIS_URL']);
    options = { ...rest, namespace, onError: (error) => void errors.push(error), mailboxes: ['known'] };
    broker = await openBullMqBroker(options);
    redis = (await connectRedis(options.location, { name: 'spec' })) as Redis;
  });
  afterEach(async () => {
    await broker.close();
    redis.disconnect();
    await cleanNamespace(options);
  });

  it('puts what others left in the queue to the dead letters, with a reason, and passes on to the next', async () => {
    const queue = new Queue('box', { connection: redis, prefix: `{${options.namespace}}` });
    await queue.add('mail', { to: 'somebody' });
    await queue.add('text', 'just a text', { priority: 3, attempts: 5 });
    await queue.add('number', { body: 7 }, { delay: 5 });
    await queue.close();
    await redis.hset(key('broken-data'), { name: 'x', data: '{"body": "cut of', opts: '{}', timestamp: 1 });
    await redis.hset(key('broken-options'), { name: 'x', data: '{"body": "x"}', opts: '{nonsense', timestamp: 1 });
    await redis.lpush(key('wait'), 'broken-data', 'broken-options', 'no-such-job');
    await broker.publish('box', [{ body: 'ours' }]);
    const got: string[] = [];
    await broker.consume('box', { concurrency: 4 }, async ({ body }) => {
      got.push(body);
      return 'ack';
    });
    await eventually(async () => expect(await broker.mailboxes()).toMatchObject([{ dead: 6, ready: 0, inFlight: 0 }]));
    expect(got).toEqual(['ours']);
    const letters = await broker.deadLetters('box', { limit: 10 });
    // The last one is ours by its data, and only unreadable to bullmq.
    const left = ['"just a text"', '{"body": "cut of', '{"body":7}', '{"to":"somebody"}', '', 'x'];
    expect(letters.map(({ body }) => body).toSorted()).toEqual(left.toSorted());
    for (const { reason, attempts } of letters) {
      expect(reason).toMatch(/^a foreign job/);
      expect(attempts).toBe(1);
    }
    expect(errors).toEqual([]);
    expect(
      await broker.discardDeadLetters(
        'box',
        letters.map(({ id }) => id),
      ),
    ).toBe(6);
  });

  it('takes a message from a handler that hogs the event loop past its lock, and ignores its answer', async () => {
    const reasons: unknown[] = [];
    const attempts: number[] = [];
    const handle = async ({ attempt, signal }: Delivery): Promise<Settlement> => {
      attempts.push(attempt);
      if (attempt > 1) return 'ack';
      const until = systemClock.monotonic() + 2 * options.lockDurationMs!;
      while (systemClock.monotonic() < until);
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
      });
      reasons.push(signal.reason);
      return { deadLetter: 'an answer that comes too late' };
    };
    await broker.consume('box', { concurrency: 2 }, handle);
    await broker.publish('box', [{ body: 'x' }]);
    await eventually(async () => expect(attempts).toEqual([1, 2]));
    await eventually(async () =>
      expect(await broker.mailboxes()).toMatchObject([{ mailbox: 'box', ready: 0, inFlight: 0, dead: 0 }]),
    );
    expect(reasons).toMatchObject([{ kind: 'cancelled', code: 'lease_lost' }]);
  });

  it('renews the lock for as long as the handler runs', async () => {
    const attempts: number[] = [];
    const other = await openBullMqBroker(options);
    const handle = async ({ attempt }: Delivery): Promise<Settlement> => {
      attempts.push(attempt);
      await systemClock.sleep(3 * options.lockDurationMs!);
      return 'ack';
    };
    for (const client of [broker, other]) await client.consume('box', { concurrency: 2 }, handle);
    await broker.publish('box', [{ body: 'x' }]);
    await eventually(async () => expect(attempts).toHaveLength(1));
    await eventually(async () => expect((await broker.mailboxes())[0]).toMatchObject({ ready: 0, inFlight: 0 }));
    expect(attempts).toEqual([1]);
    await other.close();
  });

  it('wakes another consumer at once when the one that was woken is just closing, or is busy', async () => {
    const got: string[] = [];
    const handle = async ({ body }: Delivery): Promise<Settlement> => {
      got.push(body);
      return 'ack';
    };
    await new Promise<void>((begun) => {
      const forEver = (): Promise<Settlement> => {
        begun();
        return new Promise(() => {});
      };
      void broker.consume('box', { concurrency: 1 }, forEver);
      void broker.publish('box', [{ body: 'for the busy one' }]);
    });
    await broker.consume('box', { concurrency: 1 }, handle);
    const waits: number[] = [];
    for (let n = 0; n < 12; n++) {
      const closing = await broker.consume('box', { concurrency: 1 }, handle);
      const time = OwnTime.start();
      await Promise.all([broker.publish('box', [{ body: `${n}` }]), closing.close(0)]);
      await eventually(async () => expect(got).toContain(`${n}`));
      waits.push(time.stop());
    }
    // Without a sign a consumer looks for itself after 2 s.
    expect(Math.max(...waits)).toBeLessThan(1500);
  });

  it('keeps the priority of what is retried, handed back or replayed', async () => {
    const order: string[] = [];
    const held: ((settlement: Settlement) => void)[] = [];
    const first = await broker.consume('box', { concurrency: 3 }, () => new Promise((settle) => held.push(settle)));
    await broker.publish(
      'box',
      ['retried', 'dead', 'held'].map((body) => ({ body, priority: 5 })),
    );
    await eventually(async () => expect(held).toHaveLength(3));
    held[0]!({ retryAfterMs: 1 });
    held[1]!({ deadLetter: 'for now' });
    await eventually(async () => expect((await broker.mailboxes())[0]).toMatchObject({ dead: 1, inFlight: 2 }));
    await first.close(0);
    const [letter] = await broker.deadLetters('box', { limit: 1 });
    expect(await broker.replayDeadLetters('box', [letter!.id])).toBe(1);
    await broker.publish('box', [
      { body: 'low', priority: 4 },
      { body: 'high', priority: 6 },
    ]);
    await broker.consume('box', { concurrency: 1 }, async ({ body }) => {
      order.push(body);
      return 'ack';
    });
    await eventually(async () => expect(order).toHaveLength(5));
    expect(order.at(0)).toBe('high');
    expect(order.at(-1)).toBe('low');
  });

  it('shows the queues it knows to a dashboard, those of others too', async () => {
    const names = (): string[] => broker.rawQueues().map(({ name }) => name);
    expect(names()).toEqual(['known']);
    const other = await openBullMqBroker({ ...options, mailboxes: [] });
    await other.publish('box', [{ body: 'x' }]);
    expect((await broker.mailboxes()).map(({ mailbox }) => mailbox)).toEqual(['box']);
    expect(names()).toEqual(['box', 'known']);
    const [queue] = broker.rawQueues();
    expect(await queue!.getJobCounts('prioritized')).toEqual({ prioritized: 1 });
    await other.close();
  });

  it('counts delayed messages that are due as ready when nobody consumes', async () => {
    await broker.publish('box', [{ body: 'x', delayMs: 1 }]);
    await eventually(async () => expect(await broker.mailboxes()).toMatchObject([{ ready: 1, delayed: 0 }]));
  });
});
