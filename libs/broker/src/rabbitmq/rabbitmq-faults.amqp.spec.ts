import { kindOf, systemClock, toErrorRecord, type QuarryError } from '#libs/kernel';
import { startRabbit, type OwnRabbit } from '../../../../test/services/rabbitmq-server.mjs';
import { eventually } from '../broker-contract-fixture.ts';
import type { Delivery } from '../broker.ts';
import { RabbitMqBroker } from './rabbitmq-broker.ts';
import { brokerOptions } from './rabbitmq-site-fixture.ts';

/** What must fail or end while the server is away does so within seconds; what it must not do is wait for it. */
const IN_TIME_MS = 30_000;

describe('RabbitMqBroker while its server fails', () => {
  let server: OwnRabbit;
  let broker: RabbitMqBroker;
  let worker: RabbitMqBroker;
  const errors: QuarryError[] = [];
  beforeAll(async () => {
    server = await startRabbit();
  });
  afterAll(() => server?.stop());
  let run = 0;
  /** Ends the load, before the clients are closed. */
  let over: AbortController;
  beforeEach(async () => {
    errors.length = 0;
    over = new AbortController();
    const options = { ...brokerOptions(server.url, `t${++run}`), onError: (error: QuarryError) => errors.push(error) };
    broker = await RabbitMqBroker.open(options);
    worker = await RabbitMqBroker.open(options);
  });
  afterEach(async () => {
    over.abort();
    await Promise.all([broker.close(), worker.close()]);
  });

  /**
   * Kill -9, but not within the first seconds of a queue's life: the server writes the names of new queues with a delay of
   * 3 s (dets), and a single node that is killed before does not find them again.
   */
  const kill = async (): Promise<void> => {
    await server.ctl('eval', '[dets:sync(Table) || Table <- dets:all()].');
    await server.kill();
  };

  /** Publishes without a pause, trying again what was refused, until `stop`; gives the bodies that were confirmed. */
  function publishOn(mailbox: string): { stop: () => Promise<string[]> } {
    const isConfirmed = async (body: string, n: number): Promise<boolean> => {
      while (!over.signal.aborted) {
        try {
          await broker.publish(mailbox, [{ body, priority: n % 10, ...(n % 7 === 0 && { delayMs: 50 }) }]);
          return true;
        } catch (error) {
          expect(kindOf(error)).toMatch(/unavailable|overloaded/);
        }
      }
      return false;
    };
    const publisher = async (name: number): Promise<string[]> => {
      const confirmed: string[] = [];
      for (let n = 0; !over.signal.aborted; n++) {
        if (await isConfirmed(`${name}-${n}`, n)) confirmed.push(`${name}-${n}`);
      }
      return confirmed;
    };
    const publishers = Promise.all([0, 1, 2, 3].map(publisher));
    return {
      stop: async () => {
        over.abort();
        return (await publishers).flat();
      },
    };
  }

  it.each(['restart', 'kill'] as const)('loses nothing when the server is told to %s under load', async (how) => {
    const got = new Set<string>();
    const heard: string[] = [];
    let retries = 0;
    await worker.consume('box', { concurrency: 8 }, async ({ body, attempt }) => {
      await systemClock.sleep(1);
      if (attempt === 1 && body.endsWith('3')) {
        retries++;
        return { retryAfterMs: 30 };
      }
      got.add(body);
      return 'ack';
    });
    await worker.listen('worker', (body) => heard.push(body));
    const load = publishOn('box');
    await eventually(async () => expect(got.size).toBeGreaterThan(100));
    if (how === 'kill') await kill();
    const before = got.size;
    await server.restart();
    await eventually(async () => expect(got.size).toBeGreaterThan(before + 100), 40_000);
    const confirmed = await load.stop();
    await eventually(async () => expect(confirmed.filter((body) => !got.has(body))).toEqual([]));
    await eventually(async () =>
      expect(await worker.mailboxes()).toMatchObject([{ ready: 0, delayed: 0, inFlight: 0, dead: 0 }]),
    );
    expect(confirmed.length).toBeGreaterThan(200);
    expect(retries).toBeGreaterThan(0);
    await eventually(async () => expect(await broker.send('worker', [how])).toBe(true));
    await eventually(async () => expect(heard).toContain(how));
  });

  it('tells handlers that their lease is lost, ignores their answers, and says so to who publishes', async () => {
    const deliveries: Delivery[] = [];
    const answers: ((answer: 'ack') => void)[] = [];
    await worker.consume('box', { concurrency: 2 }, (delivery) => {
      deliveries.push(delivery);
      return new Promise((resolve) => answers.push(resolve));
    });
    await broker.publish('box', [{ body: 'x' }]);
    await eventually(async () => expect(deliveries).toHaveLength(1));
    await kill();
    await eventually(async () => expect(deliveries[0]!.signal.aborted).toBe(true));
    expect(deliveries[0]!.signal.reason).toMatchObject({ kind: 'cancelled', code: 'lease_lost' });
    const started = systemClock.monotonic();
    const refused = { kind: 'unavailable', code: 'broker_unavailable' };
    const failures = [
      broker.publish('box', [{ body: 'y' }]),
      broker.ping(),
      broker.send('a', ['b']),
      broker.mailboxes(),
    ];
    expect(
      await Promise.all(failures.map((failure) => (failure as Promise<unknown>).catch(toErrorRecord))),
    ).toMatchObject(failures.map(() => refused));
    expect(systemClock.monotonic() - started).toBeLessThan(IN_TIME_MS);
    answers[0]!('ack');
    await server.restart();
    await eventually(async () => expect(deliveries).toHaveLength(2));
    expect(deliveries[1]).toMatchObject({ body: 'x', attempt: 2 });
    answers[1]!('ack');
    await eventually(async () => expect(await worker.mailboxes()).toMatchObject([{ ready: 0, inFlight: 0 }]));
    expect(errors.map(({ code }) => code)).toContain('broker_unavailable');
  });

  it('closes at once while the server is away', async () => {
    await worker.consume('box', { concurrency: 2 }, async () => 'ack');
    await worker.listen('w', () => {});
    await kill();
    const started = systemClock.monotonic();
    await Promise.all([broker.close(), worker.close()]);
    expect(systemClock.monotonic() - started).toBeLessThan(IN_TIME_MS);
    await server.restart();
  });

  it('refuses what a server short of memory does not take, while what is there is worked off', async () => {
    const handled: string[] = [];
    let go = (): void => {};
    const free = new Promise<void>((resolve) => {
      go = resolve;
    });
    await broker.publish('box', [{ body: 'a' }, { body: 'b' }]);
    await worker.consume('box', { concurrency: 1 }, async ({ body }) => {
      await free;
      handled.push(body);
      return 'ack';
    });
    const full = { kind: 'overloaded', code: 'broker_full' };
    await server.ctl('set_vm_memory_high_watermark', '0.00001');
    await eventually(async () => {
      const refused = await broker.publish('box', [{ body: 'c' }]).catch(toErrorRecord);
      expect(refused).toMatchObject(full);
    });
    // The second is refused faster: it is known by now.
    expect(await broker.publish('box', [{ body: 'd' }]).catch(toErrorRecord)).toMatchObject(full);
    go();
    // Each once or more: a server this short of everything may miss heartbeats, and then it hands out again what was held.
    await eventually(async () => expect([...new Set(handled)].slice(0, 2)).toEqual(['a', 'b']));
    await server.ctl('set_vm_memory_high_watermark', '0.4');
    await eventually(async () =>
      expect(await broker.publish('box', [{ body: 'e' }]).catch(toErrorRecord)).toBe(undefined),
    );
    // c and d were on their way: refused, and there all the same, as the port says.
    await eventually(async () => expect(handled).toContain('e'));
  });
});
