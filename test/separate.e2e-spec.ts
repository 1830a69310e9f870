import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { apiOf, ndjson } from './support/api.ts';
import { cleanEnvironment } from './support/clean-environment.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** One process of the built product; resolves with what it printed when it is up. */
async function start(app: string, dataFolder: string): Promise<{ child: ChildProcess; printed: string }> {
  const child = spawn(process.execPath, [resolve(`dist/apps/${app}/src/main.js`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...cleanEnvironment(), QUARRY_DATA: dataFolder, QUARRY_PORT: '0', QUARRY_LOG_LEVEL: 'warn' },
  });
  let printed = '';
  while (!printed.includes('is up')) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    printed += chunk.toString();
  }
  return { child, printed };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  return ((await exited) as [number | null])[0];
}

it('gateway and workers as processes of their own on the embedded adapters; a killed worker is invisible', async () => {
  const folder = await temporaryFolder();
  const gateway = await start('gateway', folder.path);
  const api = apiOf(/http:\S+/.exec(gateway.printed)![0]);
  const first = await start('worker', folder.path);
  const second = await start('worker', folder.path);
  const documents = Array.from({ length: 300 }, (_, i) => ({ _id: `d${i}`, n: i, text: `word${i % 7}` }));
  const added = await api('POST', '/v1/indexes/apart/documents?wait=30s', ndjson(documents));
  expect(added.body).toMatchObject({ indexed: 300, failed: 0 });
  await end(first.child, 'SIGKILL');
  for (let i = 0; i < 7; i++) {
    const found = await api('GET', `/v1/indexes/apart/search?q=word${i}&wait=30s`);
    expect(found.status).toBe(200);
    expect(found.body.total.value).toBeGreaterThan(40);
  }
  // Without any worker a job waits; the next worker takes it.
  await end(second.child, 'SIGTERM');
  const waiting = await api('GET', '/v1/indexes/apart/search?q=word1&wait=50ms');
  expect(waiting).toMatchObject({ status: 202, body: { state: 'queued' } });
  const third = await start('worker', folder.path);
  expect((await api('GET', `/v1/jobs/${waiting.body.id}?wait=30s`)).body).toMatchObject({ state: 'succeeded' });
  expect(await end(third.child, 'SIGTERM')).toBe(0);
  expect(await end(gateway.child, 'SIGTERM')).toBe(0);
  await folder.remove();
});
