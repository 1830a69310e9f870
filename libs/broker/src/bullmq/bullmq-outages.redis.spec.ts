import { kindOf, systemClock, toErrorRecord, type QuarryError } from '#libs/kernel';
import { startRedis, type OwnRedis } from '../../../../test/services/redis-server.mjs';
import { eventually } from '../broker-contract-fixture.ts';
import type { Settlement } from '../broker.ts';
import type { BullMqBrokerOptions } from './bullmq-broker-options.ts';
import type { BullMqBroker } from './bullmq-broker.ts';
import { openBullMqBroker } from './open-bullmq-broker.ts';
import { optionsAt } from './redis-fixture.ts';

/** What must fail or end while the server is away does so within seconds; what it must not do is wait for it. */
const IN_TIME_MS = 30_000;

describe('BullMqBroker, when its Redis', () => {
  let redis: OwnRedis;
  let errors: QuarryError[];
  const clients: BullMqBroker[] = [];
  /** All share one namespace. */
  let shared: BullMqBrokerOptions;
  const connect = async (more: Partial<BullMqBrokerOptions> = {}): Promise<BullMqBroker> => {
    const onError = (error: QuarryError): void => void errors.push(error);
    const client = await openBullMqBroker({ ...shared, onError, ...more });
    clients.push(client);
    return client;
  };
  beforeEach(async () => {
    errors = [];
    redis = await startRedis({ appendonly: true, fsync: 'always' });
    shared = optionsAt(redis.url);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await redis.stop();
  });

  it('is killed and started again under load, loses no publish that was acknowledged', async () => {
    const acknowledged = new Set<string>();
    const delivered = new Map<string, number>();
    const handle = async ({ body }: { body: string }): Promise<Settlement> => {
      delivered.set(body, (delivered.get(body) ?? 0) + 1);
      await systemClock.sleep(1);
      return body.endsWith('7') && delivered.get(body) === 1 ? { retryAfterMs: 50 } : 'ack';
    };
    for (let i = 0; i < 2; i++) await (await connect()).consume('box', { concurrency: 8 }, handle);
    const over = new AbortController();
    const failures: string[] = [];
    const publish = async (who: number): Promise<void> => {
      const client = await connect();
      for (let n = 0; !over.signal.aborted; n++) {
        // By turns one message and several.
        const bodies = Array.from({ length: 1 + (n % 4) }, (_, i) => `${who}-${n}-${i}`);
        try {
          await client.publish(
            'box',
            bodies.map((body) => ({ body })),
          );
          for (const body of bodies) acknowledged.add(body);
        } catch (error) {
          failures.push(kindOf(error));
        }
      }
    };
    const publishing = Promise.all([0, 1, 2].map(publish));
    for (let kill = 0; kill < 3; kill++) {
      const before = acknowledged.size;
      await eventually(async () => expect(acknowledged.size).toBeGreaterThan(before + 200));
      await redis.kill();
      await redis.restart();
    }
    const before = acknowledged.size;
    await eventually(async () => expect(acknowledged.size).toBeGreaterThan(before + 200));
    over.abort();
    await publishing;
    await eventually(async () => {
      const lost = [...acknowledged].filter((body) => !delivered.has(body));
      expect(lost).toEqual([]);
      expect(await clients[0]!.mailboxes()).toMatchObject([{ ready: 0, delayed: 0, inFlight: 0, dead: 0 }]);
    });
    // Whatever failed said that it may be tried again.
    expect(new Set(failures)).not.toContain('internal');
    expect(errors.map(({ kind }) => kind)).not.toContain('internal');
  });

  it('is away, fails in time, and goes on when it is back', async () => {
    const publisher = await connect();
    const consumer = await connect();
    const got: string[] = [];
    await consumer.consume('box', { concurrency: 1 }, async ({ body }) => {
      got.push(body);
      return 'ack';
    });
    const heard: string[] = [];
    await consumer.listen('ear', (body) => heard.push(body));
    await redis.kill();
    const gone = { kind: 'unavailable', code: 'broker_unavailable' };
    const begun = systemClock.monotonic();
    const attempts = [
      publisher.publish('box', [{ body: 'lost' }]),
      publisher.publish('never-seen', [{ body: 'lost' }]),
      publisher.ping(),
      publisher.mailboxes(),
      publisher.send('ear', ['lost']),
      publisher.deadLetters('box', { limit: 1 }),
    ];
    for (const outcome of await Promise.all(attempts.map((attempt) => attempt.catch(toErrorRecord)))) {
      expect(outcome).toMatchObject(gone);
    }
    expect(systemClock.monotonic() - begun).toBeLessThan(IN_TIME_MS);
    await redis.restart();
    await eventually(() => publisher.publish('box', [{ body: 'a' }]));
    await eventually(async () => expect(got).toContain('a'));
    await eventually(async () => expect(await publisher.send('ear', ['b'])).toBe(true));
    await eventually(async () => expect(heard).toEqual(['b']));
    // Each connection tells of an outage once.
    expect(errors.length).toBeLessThan(10);
  });

  it('is away, closes all the same', async () => {
    const broker = await connect();
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    await broker.consume('box', { concurrency: 1 }, () => {
      begin();
      return new Promise(() => {});
    });
    await broker.consume('idle', { concurrency: 1 }, async () => 'ack');
    await broker.listen('ear', () => {});
    await broker.publish('box', [{ body: 'x' }]);
    await begun;
    await redis.kill();
    await broker.close();
    // What could not be handed back comes back by itself.
    await redis.restart();
    const heir = await connect();
    const attempt = new Promise((resolve) => {
      const handle = async (delivery: { attempt: number }): Promise<Settlement> => {
        resolve(delivery.attempt);
        return 'ack';
      };
      void heir.consume('box', { concurrency: 1 }, handle);
    });
    expect(await attempt).toBe(2);
  });

  it('is full, refuses a whole publish and says so', async () => {
    const broker = await connect();
    await broker.publish('box', [{ body: 'before' }]);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    const refused = { kind: 'overloaded', code: 'broker_full' };
    const several = [{ body: 'a' }, { body: 'b', delayMs: 60_000 }, { body: 'c' }];
    await expect(broker.publish('box', several).catch(toErrorRecord)).resolves.toMatchObject(refused);
    await expect(broker.publish('box', [{ body: 'd' }]).catch(toErrorRecord)).resolves.toMatchObject(refused);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(await broker.mailboxes()).toMatchObject([{ ready: 1, delayed: 0 }]);
  });

  it('has forgotten its scripts, is taught them again', async () => {
    const broker = await connect();
    const messages = [{ body: 'a' }, { body: 'b' }, { body: 'c', delayMs: 60_000 }];
    await broker.publish('box', messages);
    await redis.command('SCRIPT', 'FLUSH');
    await broker.publish('box', messages);
    await redis.command('SCRIPT', 'FLUSH');
    await broker.publish('box', [{ body: 'd' }]);
    expect(await broker.mailboxes()).toMatchObject([{ ready: 5, delayed: 2 }]);
  });

  it('is not there, or refuses the password, is named in one error', async () => {
    const { location } = optionsAt(redis.url);
    const nowhere = { ...location, nodes: [{ host: '127.0.0.1', port: 1 }] };
    const absent = await connect({ location: nowhere }).catch(toErrorRecord);
    expect(absent).toMatchObject({ kind: 'unavailable', code: 'broker_unavailable' });
    expect(absent).toHaveProperty('message', expect.stringContaining('127.0.0.1:1'));
    await redis.command('CONFIG', 'SET', 'requirepass', 'right-secret');
    const wrong = await connect({ location: { ...location, password: 'wrong-secret' } }).catch(toErrorRecord);
    expect(wrong).toMatchObject({ kind: 'invalid', code: 'access_denied' });
    expect(wrong).toHaveProperty('message', expect.not.stringContaining('wrong-secret'));
    const missing = await connect().catch(toErrorRecord);
    expect(missing).toMatchObject({ kind: 'invalid', code: 'access_denied' });
    expect(errors).toEqual([]);
  });
});
