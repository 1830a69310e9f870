import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock, systemRandom, toErrorRecord } from '#libs/kernel';
import { EmbeddedJobStore } from './embedded-job-store.ts';

const START = 1_700_000_000_000;
const NOTHING = { progress: { total: 0, done: 0, failed: 0 }, work: { doneBytes: 0, totalBytes: 0, documents: 0 } };
const asked = { kind: 'search', tenant: 'acme', index: 'books', spec: { q: 'größer' }, attempt: 1 };

/** What the program of version 1 answered about the jobs in golden/version-1.sql. */
const JOBS_OF_VERSION_1 = [
  { ...asked, ...NOTHING, id: '01A', priority: 3, expiresAt: START + 900_000, state: 'queued', createdAt: START + 10 },
  {
    ...asked,
    id: '01B',
    kind: 'import',
    state: 'running',
    createdAt: START + 20,
    startedAt: START + 30,
    progress: { total: 2, done: 1, failed: 1 },
    work: { doneBytes: 1, totalBytes: 2, documents: 3 },
  },
  {
    ...asked,
    ...NOTHING,
    id: '01C',
    tenant: 'other',
    transient: true,
    state: 'succeeded',
    createdAt: START + 70,
    finishedAt: START + 80,
    result: { total: 1 },
    coverage: 1,
    receipt: { bytes: 4 },
  },
  {
    ...asked,
    ...NOTHING,
    id: '01D',
    state: 'failed',
    createdAt: START + 90,
    finishedAt: START + 100,
    error: { kind: 'timeout', code: 'timeout', message: 'late' },
  },
];
const TOUCHED_AT = [10, 60, 80, 100].map((ms) => START + ms);

/** What the program of version 2 answered about the jobs in golden/version-2.sql. */
const JOBS_OF_VERSION_2 = [
  {
    ...asked,
    ...NOTHING,
    id: '02A',
    kind: 'import',
    priority: 3,
    expiresAt: START + 900_000,
    subject: 'ep_1',
    state: 'queued',
    createdAt: START + 10,
    touchedAt: START + 10,
  },
  {
    ...asked,
    id: '02B',
    transient: true,
    state: 'running',
    createdAt: START + 20,
    startedAt: START + 30,
    touchedAt: START + 60,
    progress: { total: 2, done: 1, failed: 1 },
    work: { doneBytes: 1, totalBytes: 2, documents: 3 },
  },
  {
    ...asked,
    ...NOTHING,
    id: '02C',
    kind: 'webhook',
    callback: { url: 'https://example.org/hook' },
    state: 'queued',
    createdAt: START + 70,
    touchedAt: START + 5000,
    tries: [{ at: START + 80, error: { kind: 'unavailable', code: 'receiver_down', message: 'busy' } }],
    dueAt: START + 5000,
  },
  {
    ...asked,
    ...NOTHING,
    id: '02D',
    tenant: 'other',
    announce: true,
    state: 'succeeded',
    createdAt: START + 90,
    finishedAt: START + 100,
    touchedAt: START + 100,
    result: { total: 1 },
    coverage: 1,
    receipt: { bytes: 4 },
  },
  {
    ...asked,
    ...NOTHING,
    id: '02E',
    transient: true,
    state: 'queued',
    createdAt: START + 110,
    touchedAt: START + 110,
  },
];

let folder: string;
let path: string;
let store: EmbeddedJobStore;
const open = (file: string): Promise<EmbeddedJobStore> =>
  EmbeddedJobStore.open({ path: file, clock: systemClock, random: systemRandom });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quarry-jobs-'));
  path = join(folder, 'jobs.db');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function openVersion(version: number): Promise<void> {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode=WAL');
  database.exec(readFileSync(new URL(`golden/version-${version}.sql`, import.meta.url), 'utf8'));
  database.close();
  store = await open(path);
}

/** Of each table its columns, of each index its text. */
function schemaOf(file: string): unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const columns = database.prepare(
    `SELECT object.type, object.name, column.name AS column, column.type AS of, column."notnull", column.dflt_value,
       CASE object.type WHEN 'index' THEN object.sql END AS text
     FROM sqlite_schema object LEFT JOIN pragma_table_xinfo(object.name) column
     ORDER BY object.name, column.cid`,
  );
  const schema = columns.all().map((row) => ({ ...row }));
  database.close();
  return schema;
}

it.each([1, 2])('gives a data folder of schema version %i the schema of a new one', async (version) => {
  await openVersion(version);
  const fresh = join(folder, 'fresh.db');
  await (await open(fresh)).close();
  expect(schemaOf(path)).toEqual(schemaOf(fresh));
});

describe('a data folder of schema version 1', () => {
  beforeEach(() => openVersion(1));

  it('keeps its jobs, plans, partials, keys, leases and hints', async () => {
    const expected = JOBS_OF_VERSION_1.map((job, n) => ({ ...job, touchedAt: TOUCHED_AT[n] }));
    expect((await store.list({}, { limit: 10 })).toReversed()).toEqual(expected);
    expect(await store.getPlan('01B')).toEqual({ shared: { version: 7 }, tasks: [{ s: 0 }, { s: 1 }] });
    expect([...(await store.partials('01B'))]).toEqual([[1, { body: { hits: [] }, failed: true }]]);
    expect(await store.getHint('version/books')).toBe(41);
    expect((await store.acquireLease('reconciler', 'b', 1000))!.token).toBe(2);
    expect(await store.listUnannounced(systemClock.now(), 10)).toEqual([]);
    expect(await store.members()).toEqual([]);
  });

  it('does all that a new one does', async () => {
    const slept = await store.postpone('01B', START + 5000, toErrorRecord(new Error('busy')));
    expect(slept).toMatchObject({ state: 'running', dueAt: START + 5000, tries: [{ error: { message: 'busy' } }] });
    expect(await store.recordPartial('01B', 0, { body: 1, failed: false })).toEqual({ recorded: true, remaining: 0 });
    const { job } = await store.create({ ...asked, id: '01E', subject: 'ep_1', announce: true });
    await store.transition(job.id, ['queued'], { state: 'succeeded' });
    expect(await store.listUnannounced(systemClock.now() + 1, 10)).toMatchObject([{ id: '01E' }]);
    expect(await store.deleteEnded(systemClock.now() + 1, 10)).toMatchObject([{ id: '01C' }, { id: '01D' }]);
    await store.close();
    store = await open(path);
    expect(await store.list({ subject: 'ep_1' }, { limit: 10 })).toMatchObject([{ id: '01E' }]);
  });
});

describe('a data folder of schema version 2', () => {
  beforeEach(() => openVersion(2));

  it('keeps its jobs, plans, partials, keys, leases, hints and members', async () => {
    expect((await store.list({}, { limit: 10 })).toReversed()).toEqual(JOBS_OF_VERSION_2);
    expect(await store.getPlan('02B')).toEqual({ shared: { version: 7 }, tasks: [{ s: 0 }, { s: 1 }] });
    expect([...(await store.partials('02B'))]).toEqual([[1, { body: { hits: [] }, failed: true }]]);
    expect(await store.getHint('version/books')).toBe(41);
    expect((await store.acquireLease('reconciler', 'b', 1000))!.token).toBe(2);
    expect(await store.listUnannounced(systemClock.now(), 10)).toMatchObject([{ id: '02D' }]);
  });

  it('lists its stalled jobs, and the transient ones apart', async () => {
    const now = systemClock.now();
    expect(await store.listStalled(now, 3)).toMatchObject([{ id: '02A' }, { id: '02B' }, { id: '02E' }]);
    expect(await store.listStalled(now, 10)).toHaveLength(4);
    expect(await store.listStalled(now, 10, true)).toMatchObject([{ id: '02B' }, { id: '02E' }]);
    await store.touch('02B');
    expect(await store.listStalled(now, 10, true)).toMatchObject([{ id: '02E' }]);
  });
});
