import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { seededRandom, systemClock, toErrorRecord } from '#libs/kernel';
import { SqliteFile, type SqliteFileOptions } from './sqlite-file.ts';

function all(file: SqliteFile): Promise<unknown[]> {
  const select = file.prepare('SELECT value FROM item ORDER BY value');
  return file.read(() => select.all().map((row) => row['value']));
}

describe('SqliteFile', () => {
  let folder: string;
  let options: SqliteFileOptions;
  const opened: SqliteFile[] = [];
  const open = async (more: Partial<SqliteFileOptions> = {}): Promise<SqliteFile> => {
    const file = await SqliteFile.open({ ...options, ...more });
    opened.push(file);
    return file;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quarry-sqlite-'));
    options = {
      path: join(folder, 'file.db'),
      clock: systemClock,
      random: seededRandom(1),
      applicationId: 77,
      schemaVersion: 1,
      schema: 'CREATE TABLE item (value PRIMARY KEY)',
      unavailableCode: 'test_unavailable',
    };
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((file) => file.close()));
    rmSync(folder, { recursive: true });
  });

  it('lets each write of a shared transaction succeed or fail alone', async () => {
    const file = await open();
    const insert = file.prepare('INSERT INTO item VALUES (?)');
    const results = await Promise.allSettled([
      file.write('power-loss', () => insert.run(1).changes),
      file.write('process-death', () => {
        insert.run(2);
        insert.run(1);
      }),
      file.write('process-death', () => insert.run(3).changes),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await all(file)).toEqual([1, 3]);
  });

  it('is made once by many that open it at the same time', async () => {
    const files = await Promise.all(Array.from({ length: 8 }, () => open()));
    await Promise.all(
      files.map((file, i) => file.write('power-loss', () => file.prepare('INSERT INTO item VALUES (?)').run(i))),
    );
    expect(await all(files[0]!)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('sees that another connection wrote, and only that', async () => {
    const [one, two] = [await open(), await open()];
    const insert = one.prepare('INSERT INTO item VALUES (?)');
    expect(two.changedElsewhere()).toBe(false);
    await one.write('process-death', () => insert.run(1));
    expect([one.changedElsewhere(), two.changedElsewhere(), two.changedElsewhere()]).toEqual([false, true, false]);
  });

  it('waits for a lock without blocking, and is unavailable when it takes too long', async () => {
    const file = await open({ patienceMs: 60 });
    const other = new DatabaseSync(options.path);
    other.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const write = file.write('power-loss', () => file.prepare('INSERT INTO item VALUES (1)').run());
    const outcome = write.catch(toErrorRecord);
    while (turns < 5) {
      await systemClock.sleep(1);
      turns++;
    }
    expect(await outcome).toMatchObject({
      kind: 'unavailable',
      code: 'test_unavailable',
      details: { path: options.path },
    });
    const patient = file.write('power-loss', () => file.prepare('INSERT INTO item VALUES (2)').run());
    other.exec('COMMIT');
    other.close();
    await patient;
    expect(await all(file)).toEqual([2]);
  });

  it('is overloaded when the disk is full, keeps what it has, and goes on when there is room', async () => {
    const file = await open();
    const insert = file.prepare('INSERT INTO item VALUES (?)');
    const limit = (pages: number): unknown => file.prepare(`PRAGMA max_page_count=${pages}`).get();
    await file.write('power-loss', () => insert.run('kept'));
    limit(6);
    const refused = await file.write('power-loss', () => insert.run('x'.repeat(50_000))).catch(toErrorRecord);
    expect(refused).toMatchObject({ kind: 'overloaded', code: 'disk_full', details: { path: options.path } });
    limit(1000);
    await file.write('power-loss', () => insert.run('later'));
    expect(await all(file)).toEqual(['kept', 'later']);
  });

  it('finishes what was begun when it is closed, and is unavailable afterwards', async () => {
    const file = await open();
    const write = file.write('power-loss', () => file.prepare('INSERT INTO item VALUES (1)').run());
    await file.close();
    await write;
    await expect(file.write('power-loss', () => 1).catch(toErrorRecord)).resolves.toMatchObject({
      kind: 'unavailable',
    });
    await expect(file.read(() => 1).catch(toErrorRecord)).resolves.toMatchObject({ kind: 'unavailable' });
    expect(await all(await open())).toEqual([1]);
  });

  describe('of an earlier version', () => {
    const newer = {
      schemaVersion: 3,
      schema: 'CREATE TABLE item (value PRIMARY KEY, size, colour)',
      migrations: { 1: 'ALTER TABLE item ADD COLUMN size', 2: 'ALTER TABLE item ADD COLUMN colour' },
    };
    const old = async (): Promise<void> => {
      const file = await open();
      const insert = file.prepare('INSERT INTO item VALUES (1)');
      await file.write('power-loss', () => insert.run());
      await file.close();
    };

    it('is brought to the present one, step by step, once by many', async () => {
      await old();
      const files = await Promise.all(Array.from({ length: 4 }, () => open(newer)));
      const [row] = await files[0]!.read(() => files[0]!.prepare('SELECT * FROM item').all());
      expect({ ...row }).toEqual({ value: 1, size: null, colour: null });
      await expect(open().catch(toErrorRecord)).resolves.toMatchObject({ kind: 'invalid', code: 'newer_schema' });
    });

    it('stays as it was when a step fails, or is not known', async () => {
      await old();
      const broken = { ...newer, migrations: { ...newer.migrations, 2: 'ALTER TABLE nowhere ADD COLUMN colour' } };
      await expect(open(broken)).rejects.toThrow('no such table: nowhere');
      const unknown = { ...newer, migrations: { 2: newer.migrations[2] } };
      await expect(open(unknown).catch(toErrorRecord)).resolves.toMatchObject({
        kind: 'invalid',
        code: 'older_schema',
        details: { version: 1, supported: 3 },
      });
      expect(await all(await open())).toEqual([1]);
    });
  });
});
