import { encodeUtf8, isQuarryError, systemClock, toErrorRecord } from '#libs/kernel';
import { type AccessStats, type ObjectInfo, type ObjectStore } from './object-store.ts';

export interface ContractSubject {
  /** An empty store. Closed by the suite. */
  create(): Promise<ObjectStore>;
  /** Whether it can hold the objects `a` and `a/b` side by side: a folder cannot. */
  readonly holdsFolderKeys?: boolean;
  /** Whether reads are counted in `stats` one by one (a cache in front hides them). */
  readonly countsEveryRead?: boolean;
}

/** A body in which every byte tells where it is. */
export function patternedBytes(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + (i >>> 16) + seed) & 0xff;
  return bytes;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(Buffer.concat(await collect(chunks)));

export async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** The kind and code a promise rejects with; fails when it resolves. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (!isQuarryError(error)) throw error;
    const { kind, code } = toErrorRecord(error);
    return `${kind} ${code}`;
  }
  throw new Error('resolved, though it was to fail');
}

const keysOf = (infos: readonly ObjectInfo[]): string[] => infos.map((info) => info.key);
const text = encodeUtf8;
const MiB = 1024 * 1024;
/** For what makes a thousand requests or moves many bytes, on a disk or network that may be slow. */
const SLOW_MS = 60_000;

/** What every ObjectStore does. Run by each adapter, against the real server, and by each decorator. */
export function objectStoreContract(name: string, subject: ContractSubject): void {
  const holdsFolderKeys = subject.holdsFolderKeys ?? true;
  const countsEveryRead = subject.countsEveryRead ?? true;

  describe(`${name}: the contract of ObjectStore`, () => {
    let store: ObjectStore;
    beforeEach(async () => {
      store = await subject.create();
    });
    afterEach(async () => {
      await store.close();
    });
    const putAll = async (keys: readonly string[]): Promise<void> => {
      await Promise.all(keys.map((key) => store.put(key, text(key))));
    };

    describe('reading', () => {
      it('gets what was put', async () => {
        const body = patternedBytes(100_000);
        await store.put('folder/object', body);
        expect(Buffer.from(await store.get('folder/object')).equals(body)).toBe(true);
      });

      it('holds an empty body', async () => {
        await store.put('empty', new Uint8Array());
        expect((await store.get('empty')).length).toBe(0);
        expect(await readAll(store.getStream('empty'))).toHaveLength(0);
        expect((await store.head('empty'))?.size).toBe(0);
        expect(await failureOf(store.get('empty', { range: { offset: 0, length: 1 } }))).toBe('invalid bad_range');
      });

      it('gets ranges up to both edges', async () => {
        const body = patternedBytes(1000);
        await store.put('k', body);
        for (const [offset, length] of [
          [0, 1],
          [999, 1],
          [0, 1000],
          [1, 998],
        ] as const)
          expect(await store.get('k', { range: { offset, length } })).toEqual(body.slice(offset, offset + length));
      });

      it('refuses ranges that are none or pass the end', async () => {
        await store.put('k', patternedBytes(1000));
        for (const [offset, length] of [
          [999, 2],
          [1000, 1],
          [5000, 10],
          [0, 1001],
          [0, 0],
          [-1, 5],
          [0.5, 1],
          [0, Number.NaN],
          [0, Infinity],
        ] as const) {
          expect(await failureOf(store.get('k', { range: { offset, length } }))).toBe('invalid bad_range');
          expect(await failureOf(store.getRanges('k', [{ offset, length }]))).toBe('invalid bad_range');
        }
        const someBad = [
          { offset: 0, length: 5 },
          { offset: 990, length: 11 },
        ];
        expect(await failureOf(store.getRanges('k', someBad))).toBe('invalid bad_range');
      });

      it('gets several ranges in the order asked: near, far, overlapping, repeated', async () => {
        const body = patternedBytes(3 * MiB);
        await store.put('k', body);
        const ranges = [
          { offset: 2 * MiB, length: 1000 },
          { offset: 0, length: 10 },
          { offset: 5, length: 10 },
          { offset: 0, length: 10 },
          { offset: 100, length: 1 },
          { offset: 3 * MiB - 1, length: 1 },
          { offset: MiB, length: 300_000 },
        ];
        const got = await store.getRanges('k', ranges);
        expect(got).toHaveLength(ranges.length);
        for (const [i, { offset, length }] of ranges.entries())
          expect(Buffer.from(got[i]!).equals(body.subarray(offset, offset + length))).toBe(true);
        expect(await store.getRanges('k', [])).toEqual([]);
      });

      it('streams chunks that are the reader’s own', async () => {
        const body = patternedBytes(MiB + 17);
        await store.put('k', body);
        for (let round = 0; round < 2; round++) {
          let at = 0;
          for await (const chunk of store.getStream('k')) {
            expect(Buffer.compare(chunk, body.subarray(at, at + chunk.length))).toBe(0);
            at += chunk.length;
            chunk.fill(0);
          }
          expect(at).toBe(body.length);
        }
        expect(Buffer.compare(await store.get('k'), body)).toBe(0);
      });

      it('streams the object, a range of it, and its tail', async () => {
        const body = patternedBytes(2 * MiB + 17);
        await store.put('k', body);
        const streamed = async (offset: number, length: number): Promise<boolean> => {
          const bytes = await readAll(store.getStream('k', { range: { offset, length } }));
          return Buffer.from(bytes).equals(body.subarray(offset, Math.min(body.length, offset + length)));
        };
        expect(Buffer.from(await readAll(store.getStream('k'))).equals(body)).toBe(true);
        expect(await streamed(MiB, Infinity)).toBe(true);
        expect(await streamed(MiB, 500)).toBe(true);
        expect(await streamed(body.length - 1, Infinity)).toBe(true);
        expect(await readAll(store.getStream('k', { range: { offset: body.length, length: Infinity } }))).toHaveLength(
          0,
        );
        const past = { offset: body.length + 1, length: Infinity };
        expect(await failureOf(readAll(store.getStream('k', { range: past })))).toBe('invalid bad_range');
        const over = { offset: body.length - 1, length: 2 };
        expect(await failureOf(readAll(store.getStream('k', { range: over })))).toBe('invalid bad_range');
      });

      it('lets a reader leave a stream in the middle', async () => {
        const body = patternedBytes(2 * MiB);
        await store.put('k', body);
        for await (const chunk of store.getStream('k')) {
          expect(chunk[0]).toBe(body[0]);
          break;
        }
        expect(Buffer.from(await store.get('k')).equals(body)).toBe(true);
      });

      it('says not-found for what is not there', async () => {
        await store.put('there/object', text('x'));
        for (const key of ['nowhere', 'there', 'there/object/below', 'there/other']) {
          expect(await failureOf(store.get(key))).toBe('not-found object_not_found');
          expect(await failureOf(store.getRanges(key, [{ offset: 0, length: 1 }]))).toBe('not-found object_not_found');
          expect(await failureOf(readAll(store.getStream(key)))).toBe('not-found object_not_found');
          expect(await store.head(key)).toBeUndefined();
        }
      });

      it('describes an object', async () => {
        const before = systemClock.now();
        await store.put('folder/k', patternedBytes(1234));
        const info = await store.head('folder/k');
        expect(info).toEqual({ key: 'folder/k', size: 1234, modifiedAt: expect.any(Number) });
        expect(Math.abs(info!.modifiedAt - before)).toBeLessThan(60_000);
      });

      it('adds what it cost to the stats', async () => {
        await store.put('k', patternedBytes(1000));
        const stats: AccessStats = { gets: 0, bytes: 0, cacheHits: 0 };
        await store.get('k', { stats, range: { offset: 10, length: 100 } });
        await store.getRanges('k', [{ offset: 300, length: 20 }], { stats });
        expect(stats).toEqual({ gets: 2, bytes: 120, cacheHits: 0 });
        await store.get('k', { stats, range: { offset: 10, length: 100 } });
        if (countsEveryRead) expect(stats).toEqual({ gets: 3, bytes: 220, cacheHits: 0 });
        else expect(stats).toEqual({ gets: 2, bytes: 120, cacheHits: 1 });
      });
    });

    describe('writing', () => {
      it('replaces', async () => {
        await store.put('k', patternedBytes(5000));
        await store.put('k', text('short'));
        expect(await store.get('k')).toEqual(text('short'));
        await store.putStream('k', chunksOf(text('stre'), text('amed')));
        expect(await store.get('k')).toEqual(text('streamed'));
      });

      it(
        'shows a reader the old body or the new one, never a mix',
        async () => {
          const bodies = [patternedBytes(300_000, 0), patternedBytes(300_000, 1)];
          await store.put('k', bodies[0]!);
          const writes = (async () => {
            for (let i = 1; i <= 10; i++) await store.put('k', bodies[i % 2]!);
          })();
          const reads = Array.from({ length: 4 }, async () => {
            for (let i = 0; i < 10; i++) {
              const seen = Buffer.from(await store.get('k'));
              expect(bodies.some((body) => seen.equals(body))).toBe(true);
            }
          });
          await Promise.all([writes, ...reads]);
        },
        SLOW_MS,
      );

      it('creates only what is absent', async () => {
        expect(await store.putIfAbsent('folder/k', text('first'))).toBe(true);
        expect(await store.putIfAbsent('folder/k', text('second'))).toBe(false);
        expect(await store.get('folder/k')).toEqual(text('first'));
        await store.deleteMany(['folder/k']);
        expect(await store.putIfAbsent('folder/k', text('third'))).toBe(true);
        expect(await store.get('folder/k')).toEqual(text('third'));
      });

      it(
        'has one winner among 20 creators',
        async () => {
          for (let round = 0; round < 3; round++) {
            const key = `race/${round}`;
            const answers = await Promise.all(
              Array.from({ length: 20 }, (_, i) => store.putIfAbsent(key, text(`body ${i}`))),
            );
            expect(answers.filter(Boolean)).toHaveLength(1);
            expect(await store.get(key)).toEqual(text(`body ${answers.indexOf(true)}`));
          }
        },
        SLOW_MS,
      );

      it(
        'streams more than 20 MB in uneven chunks',
        async () => {
          const body = patternedBytes(21 * MiB + 333);
          async function* uneven(): AsyncGenerator<Uint8Array> {
            for (let at = 0, size = 1; at < body.length; at += size, size = ((size * 7) % 900_001) + 1)
              yield body.subarray(at, Math.min(body.length, at + size));
          }
          expect(await store.putStream('large', uneven())).toEqual({ bytes: body.length });
          expect((await store.head('large'))?.size).toBe(body.length);
          expect(Buffer.from(await store.get('large')).equals(body)).toBe(true);
          expect(Buffer.from(await readAll(store.getStream('large'))).equals(body)).toBe(true);
        },
        SLOW_MS,
      );

      it('streams nothing into an empty object', async () => {
        expect(await store.putStream('empty', chunksOf())).toEqual({ bytes: 0 });
        expect(await store.putStream('empty2', chunksOf(new Uint8Array()))).toEqual({ bytes: 0 });
        expect(await store.get('empty')).toHaveLength(0);
      });

      it.each([100, 17 * MiB])('leaves nothing when the stream fails after %d bytes', async (bytes) => {
        async function* failing(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < bytes; at += MiB) yield patternedBytes(Math.min(MiB, bytes - at));
          throw new Error('the source broke');
        }
        await expect(store.putStream('k', failing())).rejects.toThrow('the source broke');
        expect(await store.head('k')).toBeUndefined();
        expect(await collect(store.list(''))).toEqual([]);
      });

      it(
        'deletes more than a thousand keys, most of which never were',
        async () => {
          const keys = Array.from({ length: 2100 }, (_, i) => `d/${i}`);
          const existing = keys.filter((_, i) => i % 50 === 0);
          await putAll([...existing, 'kept', 'd2/kept']);
          await store.deleteMany(keys);
          expect(keysOf(await collect(store.list('')))).toEqual(['d2/kept', 'kept']);
          await store.deleteMany([]);
          await store.deleteMany(['d/0', 'd/never']);
        },
        SLOW_MS,
      );
    });

    describe('listing', () => {
      const tricky = [
        'a-b',
        'a.b',
        'a/b',
        'a/b-c',
        'a/c/d',
        'a0',
        'aa',
        'A',
        'b c+d%20&é',
        'z',
        'é',
        '中',
        '\u{fffd}',
        '😀',
      ];

      it('lists keys in the order of their UTF-8 bytes', async () => {
        await putAll(tricky);
        const expected = tricky.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const infos = await collect(store.list(''));
        expect(keysOf(infos)).toEqual(expected);
        expect(infos.map((info) => info.size)).toEqual(expected.map((key) => Buffer.byteLength(key)));
        for (const key of tricky) expect(await store.get(key)).toEqual(text(key));
      });

      it(
        'lists strictly after any mark',
        async () => {
          await putAll(tricky);
          const all = keysOf(await collect(store.list('')));
          for (const mark of [
            ...all,
            'a',
            'a/',
            'a/a',
            'a/b/',
            'a/c',
            'a/c/',
            'a/c/e',
            'a/d',
            'a1',
            '',
            '\u{10ffff}',
          ]) {
            const after = all.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(mark)) > 0);
            expect(keysOf(await collect(store.list('', { startAfter: mark })))).toEqual(after);
          }
        },
        SLOW_MS,
      );

      it('takes a prefix as a plain string', async () => {
        await putAll(tricky);
        const all = keysOf(await collect(store.list('')));
        for (const prefix of ['a', 'a/', 'a/b', 'a/c', 'a/c/', 'a/c/d', 'a/x/y', 'b c+', '中', 'q'])
          expect(keysOf(await collect(store.list(prefix)))).toEqual(all.filter((key) => key.startsWith(prefix)));
        expect(keysOf(await collect(store.list('a/', { startAfter: 'a/b' })))).toEqual(['a/b-c', 'a/c/d']);
        expect(keysOf(await collect(store.list('a/', { startAfter: 'A' })))).toEqual(['a/b', 'a/b-c', 'a/c/d']);
        expect(keysOf(await collect(store.list('a/', { startAfter: 'b' })))).toEqual([]);
      });

      it('stops at the limit', async () => {
        await putAll(tricky);
        const all = keysOf(await collect(store.list('')));
        expect(keysOf(await collect(store.list('', { limit: 3 })))).toEqual(all.slice(0, 3));
        expect(keysOf(await collect(store.list('', { limit: 0 })))).toEqual([]);
        expect(keysOf(await collect(store.list('', { limit: 100 })))).toEqual(all);
        expect(keysOf(await collect(store.list('a', { startAfter: 'a/b', limit: 2 })))).toEqual(['a/b-c', 'a/c/d']);
      });

      it(
        'goes past one page',
        async () => {
          const keys = Array.from({ length: 1050 }, (_, i) => `p/${String(i).padStart(5, '0')}`);
          for (let at = 0; at < keys.length; at += 50) await putAll(keys.slice(at, at + 50));
          expect(keysOf(await collect(store.list('p/')))).toEqual(keys);
          expect(keysOf(await collect(store.list('p/', { limit: 1020 })))).toEqual(keys.slice(0, 1020));
        },
        SLOW_MS,
      );

      if (holdsFolderKeys) {
        it('holds an object beside others below it', async () => {
          await putAll(['a', 'a/b', 'a-b']);
          expect(keysOf(await collect(store.list('a')))).toEqual(['a', 'a-b', 'a/b']);
          await store.deleteMany(['a']);
          expect(keysOf(await collect(store.list('a')))).toEqual(['a-b', 'a/b']);
        });
      } else {
        it('refuses an object beside others below it', async () => {
          await putAll(['a/b', 'c']);
          expect(await failureOf(store.put('a', text('x')))).toBe('invalid bad_key');
          expect(await failureOf(store.putIfAbsent('a', text('x')))).toBe('invalid bad_key');
          expect(await failureOf(store.put('c/d', text('x')))).toBe('invalid bad_key');
          expect(await failureOf(store.putIfAbsent('c/d/e', text('x')))).toBe('invalid bad_key');
          await store.deleteMany(['a', 'c/d']);
          expect(keysOf(await collect(store.list('')))).toEqual(['a/b', 'c']);
        });
      }
    });

    it('refuses what is no key, everywhere', async () => {
      const bad = ['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'a/.', 'a\0b', '\ud800', 'é'.repeat(513)];
      for (const key of bad) {
        const calls = [
          store.get(key),
          store.getRanges(key, []),
          store.getRanges(key, [{ offset: 0, length: 1 }]),
          readAll(store.getStream(key)),
          store.put(key, text('x')),
          store.putIfAbsent(key, text('x')),
          store.putStream(key, chunksOf(text('x'))),
          store.head(key),
          store.deleteMany(['good', key]),
        ];
        expect(await Promise.all(calls.map(failureOf))).toEqual(calls.map(() => 'invalid bad_key'));
      }
      for (const prefix of ['/', '/a', '../', 'a/../', 'a//', './x', 'a\0'])
        expect(await failureOf(collect(store.list(prefix)))).toBe('invalid bad_key');
      expect(await collect(store.list(''))).toEqual([]);
      const long = `${'é'.repeat(100)}/`.repeat(4) + 'x'.repeat(100);
      await store.put(long, text('x'));
      expect(keysOf(await collect(store.list('')))).toEqual([long]);
    });

    describe('cancelling', () => {
      it('refuses to begin', async () => {
        await store.put('k', text('x'));
        const signal = AbortSignal.abort();
        const calls = [
          store.get('k', { signal }),
          store.getRanges('k', [{ offset: 0, length: 1 }], { signal }),
          readAll(store.getStream('k', { signal })),
          store.put('n', text('x'), { signal }),
          store.putIfAbsent('n', text('x'), { signal }),
          store.putStream('n', chunksOf(text('x')), { signal }),
          store.head('k', { signal }),
          collect(store.list('', { signal })),
          store.deleteMany(['k'], { signal }),
        ];
        expect(await Promise.all(calls.map(failureOf))).toEqual(calls.map(() => 'cancelled cancelled'));
        expect(keysOf(await collect(store.list('')))).toEqual(['k']);
      });

      it('ends a stream being read', async () => {
        await store.put('k', patternedBytes(4 * MiB));
        const abort = new AbortController();
        const stream = store.getStream('k', { signal: abort.signal });
        const iterator = stream[Symbol.asyncIterator]();
        await iterator.next();
        abort.abort();
        const rest = (async () => {
          while (!(await iterator.next()).done);
        })();
        expect(await failureOf(rest)).toBe('cancelled cancelled');
      });

      it('ends an upload whose source hangs, leaving nothing', async () => {
        const abort = new AbortController();
        const hanging = Promise.withResolvers<void>();
        async function* source(): AsyncGenerator<Uint8Array> {
          yield patternedBytes(9 * MiB);
          setImmediate(() => abort.abort());
          await hanging.promise;
        }
        expect(await failureOf(store.putStream('k', source(), { signal: abort.signal }))).toBe('cancelled cancelled');
        hanging.resolve();
        expect(await collect(store.list(''))).toEqual([]);
      });
    });
  });
}
