import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { encodeUtf8, seededRandom, systemClock } from '#libs/kernel';
import { chunksOf, collect, failureOf, objectStoreContract, readAll } from '../object-store-contract.ts';
import { MemoryObjectStore } from '../memory/memory-object-store.ts';
import { ConfinedPaths } from './confined-paths.ts';
import { fromFileSystem } from './file-errors.ts';
import { FileObjectStore } from './file-object-store.ts';
import { TemporaryFiles } from './temporary-files.ts';

const made: string[] = [];
async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'quarry-file-store-'));
  made.push(root);
  return root;
}
afterAll(async () => {
  await Promise.all(made.map((root) => rm(root, { recursive: true, force: true, maxRetries: 10 })));
});

objectStoreContract('FileObjectStore', {
  create: async () => new FileObjectStore({ root: join(await makeRoot(), 'not', 'yet') }),
  holdsFolderKeys: false,
});

const run = promisify(execFile);
const keysOf = async (store: FileObjectStore, prefix = ''): Promise<string[]> =>
  (await collect(store.list(prefix))).map((info) => info.key);

describe('FileObjectStore', () => {
  it('has one winner among creators in several processes', async () => {
    const root = await makeRoot();
    // Each process creates the same 25 objects and says which it won.
    const script = `
      import { FileObjectStore } from ${JSON.stringify(new URL('file-object-store.ts', import.meta.url).href)};
      const store = new FileObjectStore({ root: ${JSON.stringify(root)} });
      const won = [];
      for (let i = 0; i < 25; i++)
        if (await store.putIfAbsent('race/' + i + '/object', Buffer.from(String(process.pid)))) won.push(i);
      console.log(JSON.stringify({ pid: process.pid, won }));`;
    const flags = ['--conditions=quarry-src', '--experimental-transform-types', '--no-warnings', '--input-type=module'];
    const outputs = await Promise.all(
      [1, 2, 3].map(() => run(process.execPath, [...flags, '-e', script], { cwd: process.cwd() })),
    );
    const answers = outputs.map(({ stdout }) => JSON.parse(stdout) as { pid: number; won: number[] });
    expect(answers.flatMap(({ won }) => won).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, i) => i),
    );
    const store = new FileObjectStore({ root });
    for (const { pid, won } of answers)
      for (const i of won) expect(Buffer.from(await store.get(`race/${i}/object`)).toString()).toBe(String(pid));
    expect(await readdir(join(root, '.quarry-tmp'))).toEqual([]);
  });

  it('survives folders that others remove while it writes into them', async () => {
    const store = new FileObjectStore({ root: await makeRoot() });
    const churn = Array.from({ length: 6 }, async (_, i) => {
      for (let round = 0; round < 30; round++) {
        await store.put(`shared/folder/${i}`, encodeUtf8('x'));
        await store.deleteMany([`shared/folder/${i}`]);
      }
    });
    await Promise.all(churn);
    expect(await keysOf(store)).toEqual([]);
  });

  it('removes folders that became empty', async () => {
    const root = await makeRoot();
    const store = new FileObjectStore({ root });
    await store.put('a/b/c', encodeUtf8('x'));
    await store.put('a/d', encodeUtf8('x'));
    await store.deleteMany(['a/b/c']);
    expect(await readdir(join(root, 'a'))).toEqual(['d']);
  });

  it('never reads, writes, lists or deletes through a link that leads outside', async () => {
    const outside = await makeRoot();
    await mkdir(join(outside, 'folder'));
    await writeFile(join(outside, 'secret'), 'secret');
    const root = await makeRoot();
    const store = new FileObjectStore({ root });
    await store.put('inside', encodeUtf8('inside'));
    await symlink(join(outside, 'secret'), join(root, 'file-link'));
    await symlink(join(outside, 'folder'), join(root, 'folder-link'));
    await symlink('inside', join(root, 'good-link'));
    await symlink('nowhere', join(root, 'dangling-link'));
    for (const call of [
      store.get('file-link'),
      store.head('file-link'),
      readAll(store.getStream('file-link')),
      store.put('folder-link/new', encodeUtf8('x')),
      store.put('folder-link/deep/new', encodeUtf8('x')),
      store.putIfAbsent('folder-link/new', encodeUtf8('x')),
      store.deleteMany(['folder-link/new']),
      collect(store.list('folder-link/')),
    ])
      expect(await failureOf(call)).toBe('invalid access_denied');
    expect(await readdir(join(outside, 'folder'))).toEqual([]);
    expect(await store.get('good-link')).toEqual(encodeUtf8('inside'));
    expect(await failureOf(store.get('dangling-link'))).toBe('not-found object_not_found');
    expect(await keysOf(store)).toEqual(['good-link', 'inside']);
  });

  it('does not follow links to folders when it lists, so loops end', async () => {
    const root = await makeRoot();
    const store = new FileObjectStore({ root });
    await store.put('a/b', encodeUtf8('x'));
    await symlink('..', join(root, 'a', 'loop'));
    expect(await keysOf(store)).toEqual(['a/b']);
    expect(await keysOf(store, 'a/loop/')).toEqual(['a/loop/a/b']);
  });

  it('serves absolute paths from the root "/", reading only', async () => {
    const folder = await makeRoot();
    await mkdir(join(folder, 'docs'));
    await writeFile(join(folder, 'docs', 'one.txt'), 'one');
    const store = new FileObjectStore({ root: '/', readOnly: true });
    const key = `${folder.slice(1)}/docs/one.txt`;
    expect(await keysOf(store, `${folder.slice(1)}/`)).toEqual([key]);
    expect(await store.get(key)).toEqual(encodeUtf8('one'));
    for (const call of [
      store.put(`${key}2`, encodeUtf8('x')),
      store.putIfAbsent(`${key}2`, encodeUtf8('x')),
      store.putStream(`${key}2`, chunksOf(encodeUtf8('x'))),
      store.deleteMany([key]),
    ])
      expect(await failureOf(call)).toBe('invalid access_denied');
    expect(await readdir(folder)).toEqual(['docs']);
    expect(await keysOf(new FileObjectStore({ root: join(folder, 'absent'), readOnly: true }))).toEqual([]);
    expect(await readdir(folder)).toEqual(['docs']);
  });

  it('takes no key in its folder of temporary files and does not list it', async () => {
    const root = await makeRoot();
    const store = new FileObjectStore({ root });
    await store.put('k', encodeUtf8('x'));
    await writeFile(join(root, '.quarry-tmp', '1-abandoned'), 'x');
    expect(await failureOf(store.get('.quarry-tmp/1-abandoned'))).toBe('invalid bad_key');
    expect(await keysOf(store)).toEqual(['k']);
    expect(await keysOf(store, '.quarry-tmp/')).toEqual([]);
  });

  it('says bad_key where the file system cannot hold the name', async () => {
    const store = new FileObjectStore({ root: await makeRoot() });
    expect(await failureOf(store.put('x'.repeat(300), encodeUtf8('x')))).toBe('invalid bad_key');
  });

  it('translates a full disk', async () => {
    // The kernel's device that never has room left.
    const full = await open('/dev/full', 'w');
    const failure = await full.write('x').catch((error: unknown) => error);
    await full.close();
    expect(fromFileSystem(failure, 'k')).toMatchObject({ kind: 'unavailable', code: 'disk_full' });
  });
});

describe('FileObjectStore and MemoryObjectStore', () => {
  it('list the same, whatever the keys, the prefix, the mark and the limit', async () => {
    // Names around "/" in byte order, where a walk of folders and an order of strings part ways.
    const name = fc.constantFrom('a', 'a-', 'a.b', 'a0', 'b', 'é', '\u{ffee}', '😀');
    const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const listing = fc.record({
      prefix: fc.oneof(
        fc.constant(''),
        key,
        key.map((text) => `${text}/`),
      ),
      startAfter: fc.option(
        fc.oneof(
          key,
          key.map((text) => `${text}/`),
        ),
        { nil: undefined },
      ),
      limit: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
    });
    const scenario = fc.tuple(
      fc.uniqueArray(key, { maxLength: 12 }),
      fc.array(listing, { minLength: 8, maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(scenario, async ([keys, listings]) => {
        const memory = new MemoryObjectStore();
        const file = new FileObjectStore({ root: await makeRoot() });
        for (const each of keys) {
          // A folder cannot hold both `a` and `a/b`; what it takes, both have.
          const taken = await file.put(each, encodeUtf8(each)).then(
            () => true,
            () => false,
          );
          if (taken) await memory.put(each, encodeUtf8(each));
        }
        for (const { prefix, startAfter, limit } of listings) {
          const options = { ...(startAfter !== undefined && { startAfter }), ...(limit !== undefined && { limit }) };
          const [ours, theirs] = [
            await collect(file.list(prefix, options)),
            await collect(memory.list(prefix, options)),
          ];
          expect(ours.map((info) => [info.key, info.size])).toEqual(theirs.map((info) => [info.key, info.size]));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('TemporaryFiles', () => {
  it('removes what dead processes left, and only that', async () => {
    const root = await makeRoot();
    const folder = join(root, '.quarry-tmp');
    await mkdir(folder);
    const dead = (await run(process.execPath, ['-p', 'process.pid'])).stdout.trim();
    const hoursOld: Record<string, number> = {
      [`${dead}-old`]: 2,
      [`${dead}-young`]: 0.5,
      [`${process.pid}-old`]: 2,
      [`${process.pid}-ancient`]: 25,
      'strange-old': 2,
    };
    const now = systemClock.now();
    for (const [name, hours] of Object.entries(hoursOld)) {
      await writeFile(join(folder, name), 'x');
      const time = (now - hours * 3_600_000) / 1000;
      await utimes(join(folder, name), time, time);
    }
    const files = new TemporaryFiles(new ConfinedPaths(root), systemClock, seededRandom(1));
    await files.removeAbandoned();
    expect((await readdir(folder)).toSorted()).toEqual([`${dead}-young`, `${process.pid}-old`].toSorted());
  });
});
