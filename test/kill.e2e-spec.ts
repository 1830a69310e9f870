import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { jest } from '@jest/globals';
import { seededRandom } from '#libs/kernel';
import { apiOf, type Api } from './support/api.ts';
import { QuarryProcess } from './support/quarry-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** Forty starts of the product and its work in between, on a machine that is busy with other things. */
jest.setTimeout(1_200_000);

const ROUNDS = 20;
const DOCUMENTS = 24_000;
const SEED = 20_240_607;

/** Documents with text enough that the import takes a second or so, in several tasks and segments. */
async function writeSource(folder: string): Promise<string[]> {
  const random = seededRandom(SEED);
  const words = Array.from({ length: 5000 }, (_, i) => `w${i.toString(36)}`);
  const sources: string[] = [];
  for (let file = 0; file < 4; file++) {
    const lines: string[] = [];
    for (let i = file; i < DOCUMENTS; i += 4) {
      const text = Array.from({ length: 30 }, () => words[Math.floor(random.next() ** 2 * words.length)]).join(' ');
      lines.push(JSON.stringify({ _id: `d${i}`, n: i, text }));
    }
    const path = join(folder, `part-${file}.ndjson`);
    await writeFile(path, `${lines.join('\n')}\n`);
    sources.push(pathToFileURL(path).href);
  }
  return sources;
}

/** Every number exactly once: nothing lost, nothing twice. */
async function expectWhole(api: Api): Promise<void> {
  const { body } = await api('POST', '/v1/indexes/killed/search?wait=60s', {
    size: 0,
    trackTotalHits: true,
    aggs: { n: { stats: { field: 'n' } } },
  });
  expect(body.total).toEqual({ value: DOCUMENTS, relation: 'eq' });
  expect(body.aggs.n).toMatchObject({
    count: DOCUMENTS,
    min: 0,
    max: DOCUMENTS - 1,
    sum: (DOCUMENTS * (DOCUMENTS - 1)) / 2,
  });
}

it(`kill -9 at ${ROUNDS} random moments of an import loses no document and doubles none`, async () => {
  const folder = await temporaryFolder();
  const random = seededRandom(SEED + 1);
  const options = {
    dataFolder: join(folder.path, 'data'),
    // Small budgets, so that there are several segments to lose and to double.
    environment: { QUARRY_INDEX_MEMORY: '16MiB', QUARRY_LOG_LEVEL: 'error' },
  };
  const sources = await writeSource(folder.path);
  let quarry = await QuarryProcess.start(options);
  let kills = 0;
  let imports = 0;
  let job: string | undefined;
  while (kills < ROUNDS) {
    const api = apiOf(quarry.url);
    if (job === undefined) {
      // The same documents again and again: every import after the first replaces them all.
      const submitted = await api('POST', '/v1/indexes/killed/imports', { sources });
      expect(submitted.status).toBe(202);
      job = submitted.body.id as string;
      imports++;
    }
    // A random moment between acceptance and a little after the usual end; most come early, where most happens.
    const aliveMs = Math.floor(random.next() ** 2 * 4000);
    const polled = await api('GET', `/v1/jobs/${job}?wait=${aliveMs}ms`);
    expect(polled.status).toBe(200);
    if (['failed', 'cancelled', 'expired'].includes(polled.body.state))
      throw new Error(`after ${kills} kills the import ended: ${JSON.stringify(polled.body, undefined, 2)}`);
    if (polled.body.state === 'succeeded') {
      expect(polled.body.result).toMatchObject({ indexed: DOCUMENTS, failed: 0 });
      await expectWhole(api);
      job = undefined;
    }
    await quarry.kill();
    kills++;
    quarry = await QuarryProcess.start(options);
  }
  const api = apiOf(quarry.url);
  if (job !== undefined) {
    let ended = await api('GET', `/v1/jobs/${job}?wait=60s`);
    while (ended.body.finishedAt === undefined) ended = await api('GET', `/v1/jobs/${job}?wait=60s`);
    expect(ended.body).toMatchObject({ state: 'succeeded', result: { indexed: DOCUMENTS, failed: 0 } });
  }
  await expectWhole(api);
  expect(await quarry.stop()).toBe(0);
  await folder.remove();
  process.stdout.write(`kill -9: ${kills} kills over ${imports} imports of ${DOCUMENTS} documents, seed ${SEED}\n`);
});
