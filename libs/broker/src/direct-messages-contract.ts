import { toErrorRecord } from '#libs/kernel';
import { eventually } from './broker-contract-fixture.ts';
import { MAX_MESSAGE_BYTES, type Broker, type Delivery, type Settlement } from './broker.ts';

/** Collects what a listener receives. */
class Ear {
  readonly heard: string[] = [];
  readonly receive = (body: string): void => {
    this.heard.push(body);
  };
  /** Resolves when it has heard so many messages. */
  has(count: number): Promise<void> {
    return eventually(async () => expect(this.heard.length).toBeGreaterThanOrEqual(count));
  }
}

/** Part of the Broker contract: messages straight to one listening process. */
export function describeDirectMessages(
  reachesOtherClients: boolean,
  current: () => { broker: Broker; connect: () => Promise<Broker> },
): void {
  describe('direct messages', () => {
    let broker: Broker;
    beforeEach(() => {
      broker = current().broker;
    });

    it('are handed over in the order sent, as they are', async () => {
      const ear = new Ear();
      await broker.listen('w1', ear.receive);
      const bodies = Array.from({ length: 50 }, (_, n) => JSON.stringify({ n, text: 'größer 🦔' }));
      expect(await broker.send('w1', bodies.slice(0, 20))).toBe(true);
      for (const body of bodies.slice(20)) expect(await broker.send('w1', [body])).toBe(true);
      await ear.has(bodies.length);
      expect(ear.heard).toEqual(bodies);
    });

    it('keep their order when they are sent without waiting', async () => {
      const ear = new Ear();
      await broker.listen('w1', ear.receive);
      const bodies = Array.from({ length: 30 }, (_, n) => String(n));
      const sent = await Promise.all(bodies.map((body) => broker.send('w1', [body, `${body}'`])));
      expect(sent).toEqual(bodies.map(() => true));
      await ear.has(2 * bodies.length);
      expect(ear.heard).toEqual(bodies.flatMap((body) => [body, `${body}'`]));
    });

    it('are not sent when nobody listens: not yet, or no longer', async () => {
      expect(await broker.send('w1', ['early'])).toBe(false);
      const ear = new Ear();
      const listener = await broker.listen('w1', ear.receive);
      expect(await broker.send('w1', ['heard'])).toBe(true);
      await ear.has(1);
      await listener.close();
      await listener.close();
      expect(await broker.send('w1', ['late'])).toBe(false);
      const again = new Ear();
      await broker.listen('w1', again.receive);
      expect(await broker.send('w1', ['anew'])).toBe(true);
      await again.has(1);
      expect(again.heard).toEqual(['anew']);
      expect(ear.heard).toEqual(['heard']);
    });

    it('reach their address and no other', async () => {
      const [one, two] = [new Ear(), new Ear()];
      await broker.listen('w.1', one.receive);
      const second = await broker.listen('w.10', two.receive);
      expect(await broker.send('w.1', ['a'])).toBe(true);
      expect(await broker.send('w.10', ['b'])).toBe(true);
      expect(await broker.send('w', ['c'])).toBe(false);
      await Promise.all([one.has(1), two.has(1)]);
      await second.close();
      expect(await broker.send('w.10', ['d'])).toBe(false);
      expect(await broker.send('w.1', ['e'])).toBe(true);
      await one.has(2);
      expect([one.heard, two.heard]).toEqual([['a', 'e'], ['b']]);
    });

    it('have nothing to do with the mailbox of the same name', async () => {
      const ear = new Ear();
      await broker.listen('box', ear.receive);
      expect(await broker.send('box', ['direct'])).toBe(true);
      await ear.has(1);
      expect(await broker.mailboxes()).toEqual([]);
      await broker.publish('box', [{ body: 'by mail' }]);
      const mail = new Promise<string>((resolve, reject) => {
        const handle = async ({ body }: Delivery): Promise<Settlement> => {
          resolve(body);
          return 'ack';
        };
        broker.consume('box', { concurrency: 1 }, handle).catch(reject);
      });
      expect(await mail).toBe('by mail');
      expect(ear.heard).toEqual(['direct']);
    });

    it('refuse the names that mailboxes refuse, and what is too large', async () => {
      for (const address of ['', 'Upper', 'a/b', 'x'.repeat(129)]) {
        const refused = { kind: 'invalid', code: 'bad_mailbox' };
        expect(await broker.send(address, ['x']).catch(toErrorRecord)).toMatchObject(refused);
        expect(await broker.listen(address, () => {}).catch(toErrorRecord)).toMatchObject(refused);
      }
      const ear = new Ear();
      await broker.listen('w1', ear.receive);
      const longest = 'ü'.repeat(MAX_MESSAGE_BYTES / 2);
      const tooLong = await broker.send('w1', ['small', `${longest}.`]).catch(toErrorRecord);
      expect(tooLong).toMatchObject({ kind: 'invalid', code: 'message_too_large' });
      expect(await broker.send('w1', [longest])).toBe(true);
      await ear.has(1);
      expect(ear.heard).toEqual([longest]);
    });

    it('end with the client', async () => {
      const { connect } = current();
      const ear = new Ear();
      const client = await connect();
      await client.listen('w1', ear.receive);
      await client.close();
      const gone = { kind: 'unavailable', code: 'broker_unavailable' };
      expect(await client.send('w1', ['x']).catch(toErrorRecord)).toMatchObject(gone);
      expect(await client.listen('w1', ear.receive).catch(toErrorRecord)).toMatchObject(gone);
      expect(ear.heard).toEqual([]);
    });

    if (reachesOtherClients) {
      it('reach the listener of another client', async () => {
        const ear = new Ear();
        const other = await current().connect();
        const listener = await other.listen('w1', ear.receive);
        expect(await broker.send('w1', ['a', 'b'])).toBe(true);
        expect(await other.send('w1', ['c'])).toBe(true);
        await ear.has(3);
        // Of one sender in the order sent; of two in any.
        expect(ear.heard.filter((body) => body !== 'c')).toEqual(['a', 'b']);
        await listener.close();
        expect(await broker.send('w1', ['late'])).toBe(false);
        expect(ear.heard).toHaveLength(3);
      });
    } else {
      it('reach the listeners of their own client alone', async () => {
        const ear = new Ear();
        await (await current().connect()).listen('w1', ear.receive);
        expect(await broker.send('w1', ['x'])).toBe(false);
        expect(ear.heard).toEqual([]);
      });
    }
  });
}
