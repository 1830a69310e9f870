import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { systemClock, toErrorRecord } from '#libs/kernel';
import { eventually } from '../broker-contract-fixture.ts';
import type { Delivery, Settlement } from '../broker.ts';
import { QueueNames } from './queue-names.ts';
import { RabbitMqBroker } from './rabbitmq-broker.ts';
import { amqpUrl, brokerOptions, freshNamespace, removeNamespace } from './rabbitmq-site-fixture.ts';

describe('RabbitMqBroker', () => {
  const url = amqpUrl();
  let namespace: string;
  let names: QueueNames;
  let broker: RabbitMqBroker;
  /** Not of this program. */
  let foreign: ChannelModel;
  let channel: ConfirmChannel;
  const open: RabbitMqBroker[] = [];
  const another = async (): Promise<RabbitMqBroker> => {
    const client = await RabbitMqBroker.open(brokerOptions(url, namespace));
    open.push(client);
    return client;
  };
  beforeEach(async () => {
    namespace = freshNamespace();
    names = new QueueNames(namespace);
    broker = await another();
    foreign = await connect(url, { noDelay: true });
    channel = await foreign.createConfirmChannel();
  });
  afterEach(async () => {
    await foreign.close();
    await Promise.all(open.splice(0).map((client) => client.close()));
    await removeNamespace(url, namespace, ['box']);
  });
  const statusOfBox = async (client = broker) => (await client.mailboxes()).find(({ mailbox }) => mailbox === 'box');
  const letters = () => broker.deadLetters('box', { limit: 100 });

  describe('what others put into its queues', () => {
    it.each([
      ['no message id', Buffer.from('{}'), {}],
      ['no headers', Buffer.from('{}'), { messageId: 'x' }],
      [
        'a header of another type',
        Buffer.from('{}'),
        { messageId: 'x', headers: { 'quarry1-attempts': 'two', 'quarry1-published-at': 1, 'quarry1-priority': 0 } },
      ],
      [
        'no UTF-8',
        Buffer.from([0xff, 0xfe]),
        { messageId: 'x', headers: { 'quarry1-attempts': 0, 'quarry1-published-at': 1, 'quarry1-priority': 0 } },
      ],
    ])('goes to the dead letters, with the reason, past the handlers: %s', async (_, content, properties) => {
      const handled: string[] = [];
      await broker.publish('box', [{ body: 'ours', priority: 1 }]);
      channel.sendToQueue(names.band('box', 'high'), content, properties);
      await channel.waitForConfirms();
      await broker.consume('box', { concurrency: 1 }, async ({ body }) => {
        handled.push(body);
        return 'ack';
      });
      await eventually(async () => expect(await letters()).toHaveLength(1));
      const [letter] = await letters();
      expect(letter!.reason).toMatch(/^no message of this program: its? (has|header|body)/);
      await eventually(async () => expect(handled).toEqual(['ours']));
      expect(await broker.discardDeadLetters('box', [letter!.id])).toBe(1);
    });

    it('is shown even when it lies among the dead letters itself', async () => {
      await broker.publish('box', [{ body: 'x' }]);
      channel.sendToQueue(names.dead('box'), Buffer.from('hello'));
      await channel.waitForConfirms();
      const [letter] = await letters();
      expect(letter).toMatchObject({ body: 'hello', reason: 'put here by the server or by somebody else (unknown)' });
      expect(await letters()).toEqual([letter]);
      expect(await broker.replayDeadLetters('box', [letter!.id])).toBe(1);
      expect(await statusOfBox()).toMatchObject({ ready: 2, dead: 0 });
    });
  });

  it('lets the server bury a message that no consumer survives', async () => {
    await broker.publish('box', [{ body: 'killer', priority: 9 }]);
    const attempts: number[] = [];
    for (let crash = 0; crash < 21; crash++) {
      let begun = (): void => {};
      const delivered = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const consumer = await broker.consume('box', { concurrency: 1 }, ({ attempt }) => {
        attempts.push(attempt);
        begun();
        return new Promise(() => {});
      });
      await delivered;
      await consumer.close(0);
    }
    expect(attempts).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
    await eventually(async () => expect(await letters()).toHaveLength(1));
    expect(await letters()).toMatchObject([
      { body: 'killer', attempts: 21, reason: 'delivery limit: 21 consumers in a row ended before they answered' },
    ]);
  });

  it('hands what it cannot begin soon to others, not counted as an attempt, and takes more when it can', async () => {
    const answers: ((settlement: Settlement) => void)[] = [];
    const busy: string[] = [];
    await broker.consume('box', { concurrency: 2 }, ({ body }) => {
      busy.push(body);
      return new Promise((resolve) => answers.push(resolve));
    });
    await broker.publish('box', [{ body: 'a' }, { body: 'b' }]);
    await eventually(async () => expect(busy).toHaveLength(2));
    const more = Array.from({ length: 9 }, (_, at) => ({ body: `m${at}`, priority: at }));
    await broker.publish('box', more);
    // On the server again, all of them: none is held by the busy one.
    await eventually(async () => expect((await statusOfBox(await another()))!.ready).toBe(9));
    const taken: Delivery[] = [];
    const helper = await (
      await another()
    ).consume('box', { concurrency: 4 }, async (delivery) => {
      taken.push(delivery);
      return 'ack';
    });
    await eventually(async () => expect(taken).toHaveLength(9));
    expect(taken.map(({ attempt }) => attempt)).toEqual(more.map(() => 1));
    expect(new Set(taken.map(({ body }) => body)).size).toBe(9);
    await helper.close(0);
    await broker.publish('box', [{ body: 'low' }, { body: 'high', priority: 9 }]);
    answers[0]!('ack');
    await eventually(async () => expect(busy).toEqual(['a', 'b', 'high']));
    answers[1]!('ack');
    await eventually(async () => expect(busy).toEqual(['a', 'b', 'high', 'low']));
    for (const answer of answers) answer('ack');
    await eventually(async () => expect(await statusOfBox()).toMatchObject({ ready: 0, inFlight: 0 }));
  });

  describe('makes deleted queues again', () => {
    const bands = ['high', 'normal', 'low'] as const;
    const deleteAll = async (): Promise<void> => {
      for (const band of bands) await channel.deleteQueue(names.band('box', band));
    };

    it('for who publishes', async () => {
      await broker.publish('box', [{ body: 'before' }]);
      await deleteAll();
      await broker.publish('box', [{ body: 'after' }]);
      expect(await statusOfBox()).toMatchObject({ ready: 1 });
    });

    it('for who consumes', async () => {
      const got: string[] = [];
      await broker.consume('box', { concurrency: 1 }, async ({ body }) => {
        got.push(body);
        return 'ack';
      });
      await deleteAll();
      await eventually(async () => {
        const asking = await foreign.createChannel();
        asking.on('error', () => {});
        for (const band of bands) expect((await asking.checkQueue(names.band('box', band))).consumerCount).toBe(1);
        await asking.close();
      });
      await broker.publish('box', [{ body: 'after' }]);
      await eventually(async () => expect(got).toEqual(['after']));
    });
  });

  it('refuses queues of the same name and another make, with the way out', async () => {
    await channel.assertQueue(names.dead('box'), { durable: true });
    await expect(broker.publish('box', [{ body: 'x' }]).catch(toErrorRecord)).resolves.toMatchObject({
      kind: 'conflict',
      code: 'queue_mismatch',
    });
    await expect(
      broker.consume('box', { concurrency: 1 }, async () => 'ack').catch(toErrorRecord),
    ).resolves.toMatchObject({
      kind: 'conflict',
    });
  });

  it('lets two clients browse and move dead letters at once', async () => {
    const other = await another();
    await broker.publish(
      'box',
      Array.from({ length: 40 }, (_, at) => ({ body: String(at) })),
    );
    await broker.consume('box', { concurrency: 8 }, async () => ({ deadLetter: 'no' }));
    await eventually(async () => expect(await statusOfBox()).toMatchObject({ ready: 0, dead: 40 }));
    const [one, two] = await Promise.all([broker, other].map((client) => client.deadLetters('box', { limit: 40 })));
    expect(one).toHaveLength(40);
    expect(two).toEqual(one);
    const ids = one!.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
    const moved = await Promise.all([
      broker.discardDeadLetters('box', ids.slice(0, 25)),
      other.discardDeadLetters('box', ids.slice(15)),
    ]);
    expect(moved[0] + moved[1]).toBe(40);
    expect(await letters()).toEqual([]);
  });

  it('sends a delay that is longer than its levels round again', async () => {
    const got: { attempt: number; at: number }[] = [];
    await broker.consume('box', { concurrency: 1 }, async ({ attempt }) => {
      got.push({ attempt, at: systemClock.now() });
      return 'ack';
    });
    await broker.publish('box', [{ body: 'in two weeks', delayMs: 14 * 86_400_000 }]);
    expect(await statusOfBox()).toMatchObject({ ready: 0, delayed: 1 });
    // As it arrives after the first round.
    const notBefore = systemClock.now() + 200;
    const headers = {
      'quarry1-attempts': 0,
      'quarry1-published-at': 1,
      'quarry1-priority': 0,
      'quarry1-not-before': notBefore,
    };
    channel.sendToQueue(names.band('box', 'low'), Buffer.from('{}'), { messageId: 'x', headers });
    await eventually(async () => expect(got).toHaveLength(1));
    expect(got[0]!.attempt).toBe(1);
    expect(got[0]!.at).toBeGreaterThanOrEqual(notBefore);
  });

  it('has one listener an address', async () => {
    await broker.listen('w1', () => {});
    await expect((await another()).listen('w1', () => {}).catch(toErrorRecord)).resolves.toMatchObject({
      kind: 'conflict',
      code: 'address_taken',
    });
  });

  describe('says in one line why it cannot be opened, without the password', () => {
    const at = new URL(url);
    const wrong = (change: (target: URL) => void): string => {
      const target = new URL(url);
      target.username = 'somebody';
      target.password = 'a-secret';
      change(target);
      return target.href;
    };
    it.each([
      ['wrong credentials', wrong(() => {}), 'invalid', 'access_denied', /the user name and the password/],
      [
        'no such virtual host',
        `amqp://${at.username || 'guest'}:${at.password || 'guest'}@${at.host}/no-such-host`,
        'invalid',
        'access_denied',
        /virtual host no-such-host/,
      ],
      [
        'nothing there',
        wrong((target) => (target.port = '1')),
        'unavailable',
        'broker_unavailable',
        /:1 cannot be reached: nothing listens there/,
      ],
      [
        'no such host',
        wrong((target) => (target.hostname = 'no-such-host.invalid')),
        'unavailable',
        'broker_unavailable',
        /no-such-host\.invalid/,
      ],
      ['another protocol', 'http://somebody:a-secret@localhost', 'invalid', 'bad_url', /use amqp:\/\//],
      ['no URL', 'somebody:a-secret@localhost:x', 'invalid', 'bad_url', /use amqp:\/\//],
    ] as const)('%s', async (_, target, kind, code, message) => {
      const opening = RabbitMqBroker.open(brokerOptions(target, namespace));
      const error = await opening.then(() => ({ message: 'it was opened' }), toErrorRecord);
      expect(error).toMatchObject({ kind, code });
      expect(error.message).toMatch(message);
      expect(JSON.stringify(error)).not.toContain('a-secret');
      expect(error.message).not.toContain('\n');
    });
  });
});
