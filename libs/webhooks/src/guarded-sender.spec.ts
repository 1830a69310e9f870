import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemClock } from '#libs/kernel';
import { AddressPolicy } from './address-policy.ts';
import { GuardedSender, type GuardedSenderOptions, type Resolve } from './guarded-sender.ts';
import { Receiver, type ReceiverOptions } from './receiver-fixture.ts';
import { CERTIFICATE } from './self-signed-fixture.ts';
import type { WebhookAnswer } from './webhook-sender.ts';

const receivers: Receiver[] = [];
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((each) => each.close()));
});

async function receiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const started = await Receiver.start(options);
  receivers.push(started);
  return started;
}

const OPEN = new AddressPolicy(['127.0.0.1/32']);
const STRICT = new AddressPolicy();
const NEVER = new AbortController().signal;

const sender = (options: Partial<GuardedSenderOptions> = {}): GuardedSender =>
  new GuardedSender({ policy: OPEN, clock: systemClock, ...options });

const post = (url: string, options: Partial<GuardedSenderOptions> = {}, signal = NEVER): Promise<WebhookAnswer> =>
  sender(options).send({ url, headers: { 'webhook-id': 'msg_1' }, body: '{"é":1}', signal });

const leadsTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const failed = (reason: string, kind = 'unavailable'): object => ({
  kind,
  code: 'delivery_failed',
  details: { reason },
});
const refused = { kind: 'invalid', code: 'address_forbidden' };

describe('a GuardedSender', () => {
  it('posts the body as it is, with the headers it was given, on a connection of its own', async () => {
    const made = await receiver();
    const { received, url, port } = made;
    const through = { resolve: leadsTo('127.0.0.1') };
    expect(await post(`http://hooks.test:${port}/a?b=c`, through)).toEqual({ status: 204 });
    expect(await post(`${url}/`)).toEqual({ status: 204 });
    expect(received[0]).toMatchObject({
      path: '/a?b=c',
      body: '{"é":1}',
      headers: {
        host: `hooks.test:${port}`,
        'content-type': 'application/json',
        'content-length': '8',
        'webhook-id': 'msg_1',
        connection: 'close',
      },
    });
    expect(made.connections).toBe(2);
  });

  it.each([200, 299, 400, 404, 410, 429, 500, 503])('hands on the status %d', async (status) => {
    const made = await receiver();
    made.answer = (response) => response.writeHead(status).end('whatever');
    expect(await post(made.url)).toEqual({ status });
  });

  it('hands on for how long to stay away', async () => {
    const made = await receiver();
    made.answer = (response) => response.writeHead(503, { 'retry-after': '30' }).end();
    expect(await post(made.url)).toEqual({ status: 503, retryAfterMs: 30_000 });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%d)', async (status) => {
    const inside = await receiver();
    const made = await receiver();
    made.answer = (response) => response.writeHead(status, { location: inside.url }).end();
    expect(await post(made.url)).toEqual({ status });
    expect(inside.connections).toBe(0);
  });
});

describe('the guard', () => {
  it.each(['127.0.0.1', '127.1', '0x7f.1', '2130706433', '017700000001', '[::ffff:127.0.0.1]', 'localhost', '0.0.0.0'])(
    'refuses %s before it connects',
    async (host) => {
      const made = await receiver({ host: '0.0.0.0' });
      await expect(post(`http://${host}:${made.port}`, { policy: STRICT })).rejects.toMatchObject(refused);
      expect(made.connections).toBe(0);
    },
  );

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '::1',
    '::ffff:169.254.169.254',
    'fd00:ec2::254',
    '64:ff9b::a9fe:a9fe',
  ])('refuses a name that leads to %s', async (address) => {
    const options = { policy: STRICT, resolve: leadsTo(address) };
    await expect(post('https://innocent.test/', options)).rejects.toMatchObject(refused);
  });

  it('connects to the address it checked although the name leads elsewhere by then', async () => {
    const outside = await receiver({ host: '127.0.0.1' });
    const inside = await receiver({ host: '127.0.0.2', port: outside.port });
    let asked = 0;
    const resolve: Resolve = (host) => leadsTo(asked++ === 0 ? '127.0.0.1' : '127.0.0.2')(host);
    const made = sender({ resolve });
    const request = { url: `http://rebinding.test:${outside.port}`, headers: {}, body: '{}', signal: NEVER };
    expect(await made.send(request)).toEqual({ status: 204 });
    expect(asked).toBe(1);
    await expect(made.send(request)).rejects.toMatchObject(refused);
    expect([outside.connections, inside.connections]).toEqual([1, 0]);
  });

  it('uses none but the permitted of several addresses', async () => {
    const outside = await receiver({ host: '127.0.0.1' });
    const inside = await receiver({ host: '127.0.0.2', port: outside.port });
    const options = { resolve: leadsTo('127.0.0.2', '::1', '127.0.0.1') };
    expect(await post(`http://both.test:${outside.port}`, options)).toEqual({ status: 204 });
    expect(inside.connections).toBe(0);
  });

  it.each(['ftp://example.com', 'http://user:pw@example.com', 'nonsense'])('does not call %s', async (url) => {
    await expect(post(url)).rejects.toMatchObject({ kind: 'invalid', code: 'bad_webhook_url' });
  });
});

describe('a receiver that', () => {
  it('does not answer is left after the limit', async () => {
    const made = await receiver();
    made.answer = () => {};
    await expect(post(made.url, { limitMs: 100 })).rejects.toMatchObject(failed('timeout', 'timeout'));
  });

  it('answers and then dribbles has answered', async () => {
    const made = await receiver();
    made.answer = (response) => response.writeHead(200).write('a little');
    expect(await post(made.url, { limitMs: 100 })).toEqual({ status: 200 });
  });

  it('sends its headers bit by bit is left after the limit', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      const more = setInterval(() => socket.write('HTTP/1.1 '.at(0)!), 20);
      socket.once('close', () => clearInterval(more));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(post(`http://127.0.0.1:${port}`, { limitMs: 150 })).rejects.toMatchObject({ code: 'delivery_failed' });
    server.close();
  });

  it('never ends its answer is not listened to', async () => {
    const made = await receiver();
    let written = 0;
    const closed = new Promise<void>((resolve) => {
      made.answer = (response) => {
        response.writeHead(200);
        response.once('close', resolve);
        const chunk = Buffer.alloc(64 * 1024);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) written += chunk.length;
          written += chunk.length;
          response.once('drain', more);
        };
        more();
      };
    });
    expect(await post(made.url)).toEqual({ status: 200 });
    await closed;
    // What the kernel's buffers took, and no more.
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });

  it.each([
    ['hangs up', ''],
    ['talks nonsense', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ['has endless headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
  ])('%s has not taken the delivery', async (_, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(post(`http://127.0.0.1:${port}`)).rejects.toMatchObject(failed('unreachable'));
    server.close();
  });

  it('is not there cannot be reached', async () => {
    const made = await receiver();
    await made.close();
    await expect(post(made.url)).rejects.toMatchObject({ ...failed('unreachable'), details: { why: 'ECONNREFUSED' } });
  });

  it('has no name that resolves cannot be reached', async () => {
    const missing: Resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    await expect(post('http://nowhere.test', { resolve: missing })).rejects.toMatchObject(failed('name'));
    await expect(post('http://nowhere.test', { resolve: leadsTo() })).rejects.toMatchObject(failed('name'));
  });

  it('has a name server that is silent is left after the limit', async () => {
    const resolve: Resolve = () => new Promise(() => {});
    await expect(post('http://slow.test', { resolve, limitMs: 50 })).rejects.toMatchObject(
      failed('timeout', 'timeout'),
    );
  });

  it('shows a certificate of nobody we know is not told anything', async () => {
    const made = await receiver({ tls: true });
    const url = `https://hooks.test:${made.port}`;
    const resolve = leadsTo('127.0.0.1');
    await expect(post(url, { resolve })).rejects.toMatchObject({ details: { why: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    const other = `https://other.test:${made.port}`;
    await expect(post(other, { resolve, ca: CERTIFICATE })).rejects.toMatchObject({
      details: { why: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    expect(made.received).toEqual([]);
    expect(await post(url, { resolve, ca: CERTIFICATE })).toEqual({ status: 204 });
  });
});

it('a delivery that is cancelled ends at once', async () => {
  const made = await receiver();
  const stop = new AbortController();
  made.answer = () => stop.abort();
  await expect(post(made.url, {}, stop.signal)).rejects.toMatchObject({ kind: 'cancelled' });
  await expect(post(made.url, {}, AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled' });
});
