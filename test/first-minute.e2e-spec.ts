import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { apiOf } from './support/api.ts';
import { cleanEnvironment } from './support/clean-environment.ts';
import { QuarryProcess } from './support/quarry-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `quarry …` as a user types it, from the build. */
function quarryCommand(url: string, ...args: string[]): Promise<Ran> {
  const cli = resolve('dist/apps/cli/src/main.js');
  const environment = { ...cleanEnvironment(), QUARRY_URL: url, NO_COLOR: '1' };
  return new Promise((done) => {
    execFile(process.execPath, [cli, ...args], { env: environment }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** What README promises for the first minute, on the built product. */
describe('the first minute', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let quarry: QuarryProcess;

  beforeAll(async () => {
    folder = await temporaryFolder();
    quarry = await QuarryProcess.start({ dataFolder: join(folder.path, 'data'), sample: true });
    await quarry.hasPrinted('Try next:');
  });

  afterAll(async () => {
    await quarry.stop();
    await folder.remove();
  });

  it('imports WordNet through an import job', async () => {
    expect(quarry.printed).toMatch(/Indexed 1\d{5} entries of WordNet/);
    const { body } = await apiOf(quarry.url)('GET', '/v1/jobs?kind=import');
    expect(body.jobs).toMatchObject([{ index: 'wordnet', state: 'succeeded', coverage: 1 }]);
    expect((await apiOf(quarry.url)('GET', '/v1/indexes/wordnet')).body.documents).toBeGreaterThan(117_000);
  });

  it('searches it from the terminal', async () => {
    const { code, stdout } = await quarryCommand(quarry.url, 'search', 'wordnet', 'small animal that eats insects');
    expect(code).toBe(0);
    expect(stdout).toMatch(/insect/i);
    const json = await quarryCommand(quarry.url, 'search', 'wordnet', 'words:whale', '--json');
    expect(JSON.parse(json.stdout).hits.length).toBeGreaterThan(3);
  });

  it('indexes a folder and reports what was bad', async () => {
    const docs = join(folder.path, 'docs');
    await mkdir(docs);
    await writeFile(join(docs, 'one.md'), '# First\n\nA very particular sentence.\n');
    await writeFile(join(docs, 'two.ndjson'), '{"text":"fine"}\nbroken\n');
    const indexed = await quarryCommand(quarry.url, 'index', 'mine', docs);
    expect(indexed.stdout + indexed.stderr).toContain('two.ndjson:2');
    const found = await quarryCommand(quarry.url, 'search', 'mine', '"very particular"', '--json');
    expect(JSON.parse(found.stdout).hits).toMatchObject([{ _source: { title: 'First' } }]);
    const jobs = await quarryCommand(quarry.url, 'jobs', '--json');
    expect(jobs.stdout).toContain('"mine"');
  });

  it('says what is wrong, with the exit codes it promises', async () => {
    expect(await quarryCommand(quarry.url, 'search', 'nowhere', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('index_not_found') as string,
    });
    expect(await quarryCommand(quarry.url, 'index', 'mine', '/no/such/path')).toMatchObject({ code: 1 });
    expect((await quarryCommand(quarry.url, 'serach', 'x')).code).toBe(2);
    expect((await quarryCommand(quarry.url, 'search')).code).toBe(2);
    const nobody = await quarryCommand('http://127.0.0.1:65530', 'search', 'wordnet', 'x');
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('npm start') as string });
  });

  it('is up again in seconds, without importing anew, and refuses a port that is taken', async () => {
    const port = Number(new URL(quarry.url).port);
    const second = QuarryProcess.start({ dataFolder: join(folder.path, 'other'), port });
    await expect(second).rejects.toThrow(/port_in_use/);
    expect(await quarry.stop()).toBe(0);
    quarry = await QuarryProcess.start({ dataFolder: join(folder.path, 'data'), sample: true });
    await quarry.hasPrinted('Try next:');
    expect(quarry.printed).not.toContain('importing');
    const { body } = await apiOf(quarry.url)('GET', '/v1/indexes/wordnet/search?q=words:whale');
    expect(body.hits.length).toBeGreaterThan(3);
  });

  it('goes on with the sample when it was killed in the middle of it', async () => {
    const options = { dataFolder: join(folder.path, 'interrupted'), sample: true };
    const first = await QuarryProcess.start(options);
    await first.hasPrinted('importing WordNet');
    await first.kill();
    const second = await QuarryProcess.start(options);
    await second.hasPrinted('Try next:');
    const api = apiOf(second.url);
    expect((await api('GET', '/v1/indexes/wordnet')).body).toMatchObject({ documents: 117_791, deletedDocuments: 0 });
    expect((await api('GET', '/v1/jobs?kind=import')).body.jobs).toMatchObject([{ state: 'succeeded' }]);
    expect(await second.stop()).toBe(0);
  });
});
