import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { systemClock, type Clock } from '#libs/kernel';
import { EventStream } from './event-stream.ts';

/** More than any kernel takes on behalf of a reader that does not read. */
const MUCH = 'x'.repeat(32 * 1024 * 1024);

const server = createServer();
let client: Socket;
let response: ServerResponse;

beforeEach(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  const requested = once(server, 'request') as Promise<[unknown, ServerResponse]>;
  client.pause();
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  [, response] = await requested;
});
afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

/** A clock whose timers go off when the test says so. */
function patientClock(): Clock & { ringAll(): void } {
  const timers = new Set<() => void>();
  return {
    ...systemClock,
    after: (_ms, action) => {
      timers.add(action);
      return () => timers.delete(action);
    },
    ringAll: () => {
      for (const action of timers) action();
    },
  };
}

const event = (data: string) => [{ id: '1', event: 'partial' as const, data }];

describe('a stream to a reader that does not read', () => {
  it('holds the one frame it was given, and has written it when it is read', async () => {
    const stream = new EventStream(response, systemClock, new AbortController().signal);
    await stream.open();
    let written = false;
    const sent = stream.send(event(MUCH)).then(() => {
      written = true;
    });
    await once(client, 'readable');
    expect(written).toBe(false);
    expect(response.writableLength).toBeLessThanOrEqual(MUCH.length + 1024);
    client.resume();
    await sent;
    expect(response.writableLength).toBe(0);
    stream.end();
    await once(client, 'close');
  });

  it('gives up after a minute, and drops what it holds', async () => {
    const clock = patientClock();
    const stream = new EventStream(response, clock, new AbortController().signal);
    await stream.open();
    const sent = stream.send(event(MUCH));
    clock.ringAll();
    await expect(sent).rejects.toMatchObject({ kind: 'cancelled' });
    stream.end();
    expect(response.destroyed).toBe(true);
  });

  it('ends at once when it is told to stop', async () => {
    const stop = new AbortController();
    const stream = new EventStream(response, systemClock, stop.signal);
    await stream.open();
    const sent = stream.send(event(MUCH));
    stop.abort();
    await expect(sent).rejects.toMatchObject({ kind: 'cancelled' });
    stream.end();
    expect(response.destroyed).toBe(true);
  });
});

it('a stream whose client goes away says so', async () => {
  const stream = new EventStream(response, systemClock, new AbortController().signal);
  await stream.open();
  const gone = once(stream.signal, 'abort');
  client.destroy();
  await gone;
  await expect(stream.send([])).rejects.toMatchObject({ kind: 'cancelled' });
});
