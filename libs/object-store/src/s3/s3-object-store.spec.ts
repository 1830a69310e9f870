import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, encodeUtf8, seededRandom, systemClock } from '#libs/kernel';
import { chunksOf, failureOf, patternedBytes, readAll } from '../object-store-contract.ts';
import { S3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts';

/** Time passes when the test says so; pauses between tries take none. */
class ManualClock implements Clock {
  private time = 0;
  private timers = new Map<() => void, number>();
  onTimer: (() => void) | undefined;

  now = (): number => this.time;
  monotonic = (): number => this.time;
  sleep = async (): Promise<void> => undefined;
  after(ms: number, action: () => void): () => void {
    this.timers.set(action, this.time + ms);
    // Not before its owner has the means to cancel it.
    queueMicrotask(() => this.onTimer?.());
    return () => this.timers.delete(action);
  }
  advance(ms: number): void {
    this.time += ms;
    for (const [action, at] of this.timers)
      if (at <= this.time) {
        this.timers.delete(action);
        action();
      }
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse, index: number) => void;

const refuse = (response: ServerResponse, status: number, code: string): void => {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>because</Message></Error>`);
};
const serve = (response: ServerResponse, body: Uint8Array, headers: Record<string, string> = {}): void => {
  response.writeHead(headers['content-range'] ? 206 : 200, { 'content-length': `${body.length}`, ...headers });
  response.end(body);
};

/** What a server may do wrong, which a real one does too rarely: each test scripts the answers. */
describe('S3ObjectStore and a server that misbehaves', () => {
  let server: Server;
  let seen: { method: string; url: string; headers: IncomingMessage['headers'] }[];
  let handler: Handler;
  let store: S3ObjectStore;

  const open = (options: Partial<S3ObjectStoreOptions> = {}): S3ObjectStore =>
    new S3ObjectStore({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      bucket: 'b',
      prefix: 'p',
      pathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      retry: { attempts: 3, baseBackoffMs: 1, maxBackoffMs: 2 },
      clock: systemClock,
      random: seededRandom(1),
      ...options,
    });

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      const index = seen.push({ method: request.method!, url: request.url!, headers: request.headers }) - 1;
      request.resume();
      request.on('end', () => handler(request, response, index));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    store = open();
  });
  afterEach(async () => {
    await store.close();
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  const failures: Record<string, Handler> = {
    '503 SlowDown': (_, response) => refuse(response, 503, 'SlowDown'),
    '500 InternalError': (_, response) => refuse(response, 500, 'InternalError'),
    '502 of a proxy': (_, response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html><body>bad gateway</body></html>');
    },
    '429': (_, response) => refuse(response, 429, 'TooManyRequests'),
    'a reset': (request) => request.socket.destroy(),
    'a body cut short': (request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('short', () => request.socket.destroy());
    },
  };

  describe.each(Object.entries(failures))('%s', (name, failing) => {
    it('is retried', async () => {
      handler = (request, response, index) =>
        index < 2 ? failing(request, response, index) : serve(response, encodeUtf8('body'));
      const stats = { gets: 0, bytes: 0, cacheHits: 0 };
      expect(await store.get('k', { stats })).toEqual(encodeUtf8('body'));
      expect(seen).toHaveLength(3);
      expect(stats.gets).toBe(3);
    });

    it('ends in an error when it lasts', async () => {
      handler = failing;
      const overload = name.startsWith('503') || name === '429';
      expect(await failureOf(store.get('k'))).toBe(
        overload ? 'overloaded store_slow_down' : 'unavailable store_unavailable',
      );
      expect(seen).toHaveLength(3);
    });
  });

  describe('time limits, on a clock of the test', () => {
    let clock: ManualClock;
    beforeEach(() => {
      clock = new ManualClock();
      store = open({ requestTimeoutMs: 1000, clock });
    });

    it('times out when there is no answer', async () => {
      handler = () => clock.advance(1000);
      expect(await failureOf(store.get('k'))).toBe('timeout timeout');
      expect(seen).toHaveLength(3);
    });

    it('times out when a body stops coming', async () => {
      handler = (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        clock.onTimer = () => clock.advance(1000);
        response.write('some');
      };
      expect(await failureOf(store.get('k'))).toBe('timeout timeout');
    });

    it('goes on as long as bytes come, however long it takes', async () => {
      handler = (_, response) => {
        response.writeHead(200, { 'content-length': '8' });
        let left = 8;
        // The client has seen a byte when it sets its timer anew.
        clock.onTimer = () => {
          clock.advance(900);
          if (--left > 0) response.write('x');
        };
        response.write('x');
      };
      expect(await store.get('k')).toEqual(encodeUtf8('xxxxxxxx'));
      expect(seen).toHaveLength(1);
      expect(clock.monotonic()).toBeGreaterThan(7000);
    });

    it('gives an upload more time by its size', async () => {
      handler = (_, response) => {
        clock.advance(10_000);
        serve(response, new Uint8Array());
      };
      await store.put('large', patternedBytes(1024 * 1024));
      expect(seen).toHaveLength(1);
    });
  });

  it('says unavailable when nobody listens', async () => {
    store = open({ endpoint: 'http://127.0.0.1:1' });
    expect(await failureOf(store.get('k'))).toBe('unavailable store_unavailable');
  });

  it.each([
    [403, 'AccessDenied', 'invalid access_denied'],
    [403, 'SignatureDoesNotMatch', 'invalid access_denied'],
    [404, 'NoSuchBucket', 'invalid bucket_not_found'],
    [404, 'NoSuchKey', 'not-found object_not_found'],
    [301, 'PermanentRedirect', 'invalid wrong_region'],
    [400, 'AuthorizationHeaderMalformed', 'invalid wrong_region'],
    [400, 'MalformedXML', 'invalid store_rejected'],
    [507, 'XMinioStorageFull', 'unavailable disk_full'],
  ])('translates %d %s', async (status, code, failure) => {
    handler = (_, response) => refuse(response, status, code);
    expect(await failureOf(store.get('k'))).toBe(failure);
    expect(seen).toHaveLength(failure.startsWith('unavailable') ? 3 : 1);
  });

  it('creates if absent: 412 is no, 409 is asked again', async () => {
    handler = (_, response, index) => {
      if (index < 2) refuse(response, 409, 'ConditionalRequestConflict');
      else refuse(response, 412, 'PreconditionFailed');
    };
    expect(await store.putIfAbsent('k', encodeUtf8('x'))).toBe(false);
    expect(seen.map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*', '*']);
    handler = (_, response) => serve(response, new Uint8Array());
    expect(await store.putIfAbsent('k', encodeUtf8('x'))).toBe(true);
  });

  it('refuses a store that ignores ranges', async () => {
    handler = (_, response) => serve(response, patternedBytes(100));
    expect(await failureOf(store.get('k', { range: { offset: 0, length: 10 } }))).toBe('invalid store_rejected');
  });

  it('asks for several ranges by few requests, side by side', async () => {
    const object = patternedBytes(1_000_000);
    const waiting: (() => void)[] = [];
    // None is answered before all three are there: one after the other, they would wait for ever.
    handler = (request, response) => {
      const [from, to] = request.headers.range!.match(/\d+/g)!.map(Number) as [number, number];
      waiting.push(() =>
        serve(response, object.subarray(from, to + 1), { 'content-range': `bytes ${from}-${to}/1000000` }),
      );
      if (waiting.length === 3) for (const answer of waiting) answer();
    };
    const ranges = [0, 1000, 300_000, 999_990].map((offset) => ({ offset, length: 10 }));
    const got = await store.getRanges('k', ranges);
    for (const [i, { offset, length }] of ranges.entries())
      expect(Buffer.compare(got[i]!, object.subarray(offset, offset + length))).toBe(0);
    expect(new Set(seen.map(({ headers }) => headers.range))).toEqual(
      new Set(['bytes=0-1009', 'bytes=300000-300009', 'bytes=999990-999999']),
    );
    expect(seen).toHaveLength(3);
  });

  it('makes no more requests at once than it has connections', async () => {
    store = open({ maxConnections: 2 });
    let underWay = 0;
    let atOnce = 0;
    let waiting: (() => void)[] = [];
    // Two by two, each time after a while in which a third might come.
    handler = (_, response) => {
      atOnce = Math.max(atOnce, ++underWay);
      waiting.push(() => {
        underWay--;
        serve(response, encodeUtf8('x'));
      });
      if (waiting.length < 2) return;
      const pair = waiting;
      waiting = [];
      setTimeout(() => pair.forEach((answer) => answer()), 5);
    };
    await Promise.all(Array.from({ length: 10 }, (_, i) => store.get(`k${i}`)));
    expect(atOnce).toBe(2);
  });

  it('notices that an object was replaced while it was streamed', async () => {
    handler = (request, response, index) => {
      const [from, to] = request.headers.range!.match(/\d+/g)!.map(Number) as [number, number];
      const end = Math.min(to, 4_999_999);
      const headers = { 'content-range': `bytes ${from}-${end}/5000000`, etag: index === 0 ? '"one"' : '"two"' };
      serve(response, patternedBytes(end - from + 1), headers);
    };
    expect(await failureOf(readAll(store.getStream('k')))).toBe('conflict object_changed');
  });

  it('goes on with a stream after a reset in its middle', async () => {
    const object = patternedBytes(5_000_000);
    handler = (request, response, index) => {
      const [from, to] = request.headers.range!.match(/\d+/g)!.map(Number) as [number, number];
      const end = Math.min(to, object.length - 1);
      const headers = { 'content-range': `bytes ${from}-${end}/${object.length}`, etag: '"one"' };
      if (index === 1) {
        response.writeHead(206, { ...headers, 'content-length': `${end - from + 1}` });
        response.write(object.subarray(from, from + 1000), () => request.socket.destroy());
      } else serve(response, object.subarray(from, end + 1), headers);
    };
    expect(Buffer.compare(await readAll(store.getStream('k')), object)).toBe(0);
  });

  /** What an upload in parts asked for, in order. */
  const steps = (): string[] =>
    seen.map(({ method, url }) => {
      const query = new URL(url, 'http://x').searchParams;
      if (query.has('uploads')) return 'create';
      const part = query.get('partNumber');
      if (part !== null) return `part ${part}`;
      return { POST: 'complete', DELETE: 'abort', PUT: 'put', HEAD: 'head' }[method] ?? method;
    });

  describe('an upload in parts', () => {
    const MiB = 1024 * 1024;
    const create = '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>';
    const source = (): AsyncGenerator<Uint8Array> =>
      chunksOf(...Array.from({ length: 5 }, () => patternedBytes(4 * MiB)));
    const answer: Handler = (request, response) => {
      if (request.url!.includes('uploads')) serve(response, encodeUtf8(create));
      else if (request.method === 'POST')
        serve(response, encodeUtf8('<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>'));
      else serve(response, new Uint8Array(), { etag: '"e"' });
    };

    it('creates, sends the parts and completes', async () => {
      handler = answer;
      expect(await store.putStream('k', source())).toEqual({ bytes: 20 * MiB });
      const [first, ...rest] = steps();
      expect([first, ...rest.slice(0, 3).toSorted(), ...rest.slice(3)]).toEqual([
        'create',
        'part 1',
        'part 2',
        'part 3',
        'complete',
      ]);
    });

    it('is aborted when a part fails for good, or its source does', async () => {
      handler = (request, response, index) =>
        request.url!.includes('partNumber=2')
          ? refuse(response, 403, 'AccessDenied')
          : answer(request, response, index);
      expect(await failureOf(store.putStream('k', source()))).toBe('invalid access_denied');
      expect(steps()).not.toContain('complete');
      expect(steps().at(-1)).toBe('abort');
      seen.length = 0;
      handler = answer;
      async function* breaking(): AsyncGenerator<Uint8Array> {
        yield* source();
        throw new Error('the source broke');
      }
      await expect(store.putStream('k', breaking())).rejects.toThrow('the source broke');
      expect(steps()).not.toContain('complete');
      expect(steps().at(-1)).toBe('abort');
    });

    it('is done when the answer to its completion was lost', async () => {
      let completions = 0;
      handler = (request, response, index) => {
        if (request.method === 'HEAD') serve(response, new Uint8Array(), { 'content-length': `${20 * MiB}` });
        else if (request.method !== 'POST' || request.url!.includes('uploads')) answer(request, response, index);
        else if (++completions === 1) request.socket.destroy();
        else refuse(response, 404, 'NoSuchUpload');
      };
      expect(await store.putStream('k', source())).toEqual({ bytes: 20 * MiB });
      expect(steps().slice(-3)).toEqual(['complete', 'complete', 'head']);
    });
  });

  it('deletes with a checksum every server takes, and says which key failed', async () => {
    handler = (_, response) => serve(response, encodeUtf8('<DeleteResult/>'));
    await store.deleteMany(['a', 'b', 'c\u0001']);
    const batch = seen.find(({ method }) => method === 'POST')!;
    expect(batch.headers['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(Object.keys(batch.headers).filter((name) => name.startsWith('x-amz-checksum'))).toEqual([]);
    // XML cannot hold its name.
    expect(seen.filter(({ method }) => method === 'DELETE').map(({ url }) => url.split('?')[0])).toEqual(['/b/p/c%01']);
    const failed = '<Error><Key>p/b</Key><Code>AccessDenied</Code><Message>no</Message></Error>';
    handler = (_, response) => serve(response, encodeUtf8(`<DeleteResult>${failed}</DeleteResult>`));
    await expect(store.deleteMany(['a', 'b'])).rejects.toThrow('p/b');
  });

  it('ends calls under way when it is closed', async () => {
    const asked = Promise.withResolvers<void>();
    handler = () => asked.resolve();
    const failure = failureOf(store.get('k'));
    await asked.promise;
    await store.close();
    expect(await failure).toBe('cancelled cancelled');
  });

  it('ends a call under way when it is cancelled', async () => {
    const asked = Promise.withResolvers<void>();
    handler = () => asked.resolve();
    const abort = new AbortController();
    const failure = failureOf(store.get('k', { signal: abort.signal }));
    await asked.promise;
    abort.abort();
    expect(await failure).toBe('cancelled cancelled');
    expect(seen).toHaveLength(1);
  });
});
