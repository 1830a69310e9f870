import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { asQuarryError } from '#libs/kernel';
import { isTerminal } from '#libs/job-store';
import type { IndexDefinition } from '#libs/index';
import type { JobView } from '#libs/jobs';
import type { Platform } from '../../../platform/src/platform.ts';
import { wordnetEntries, wordnetFolder } from './wordnet-corpus.ts';

export const FIRST_INDEX = 'wordnet';
const TENANT = 'default';

/** English stemming for what people search in; exact values for what they count by. */
const DEFINITION: IndexDefinition = {
  fields: {
    words: { type: 'text' },
    definition: { type: 'text', analyzer: 'english' },
    examples: { type: 'text', analyzer: 'english' },
    partOfSpeech: { type: 'keyword' },
    topic: { type: 'keyword' },
    relations: { type: 'long' },
  },
};

export type OnProgress = (view: JobView) => void;

/**
 * Gives a new installation something to search: WordNet, by the import job that any user would submit. Resolves with the
 * job when it has ended; undefined when the index was there already (or has been dropped on purpose).
 */
export async function firstMinute(platform: Platform, onProgress: OnProgress): Promise<JobView | undefined> {
  const started = await earlierJob(platform);
  if (!started && (await indexExists(platform))) return undefined;
  const id = started ?? (await submit(platform));
  for (;;) {
    const view = await platform.jobService.wait(TENANT, id, 0);
    onProgress(view);
    if (isTerminal(view.job.state)) return view;
    await nextChange(platform, id);
  }
}

/** An import that an earlier process began and did not live to see the end of: the runtime goes on with it. */
async function earlierJob(platform: Platform): Promise<string | undefined> {
  const jobs = await platform.jobService.list({ tenant: TENANT, index: FIRST_INDEX, kind: 'import' }, { limit: 20 });
  return jobs.find((job) => !isTerminal(job.state))?.id;
}

async function indexExists(platform: Platform): Promise<boolean> {
  try {
    const manifest = await platform.catalog.snapshot({ tenant: TENANT, index: FIRST_INDEX }, { consistency: 'strong' });
    // Created, but killed before the import was submitted: begin again.
    return manifest.segments.length > 0;
  } catch (error) {
    if (asQuarryError(error).code === 'index_not_found') return false;
    throw error;
  }
}

async function submit(platform: Platform): Promise<string> {
  const file = await writeCorpus(platform.settings.dataFolder);
  try {
    await platform.catalog.create({ tenant: TENANT, index: FIRST_INDEX }, DEFINITION);
  } catch (error) {
    if (asQuarryError(error).code !== 'index_already_exists') throw error;
  }
  const { job } = await platform.jobService.submit({
    kind: 'import',
    tenant: TENANT,
    index: FIRST_INDEX,
    spec: { sources: [pathToFileURL(file).href] },
  });
  return job.id;
}

/** As NDJSON, in one step: a file that exists is whole. */
async function writeCorpus(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, 'corpora');
  const file = join(folder, 'wordnet.ndjson');
  await mkdir(folder, { recursive: true });
  const lines = async function* (): AsyncGenerator<string> {
    for await (const entry of wordnetEntries(wordnetFolder())) yield `${JSON.stringify(entry)}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(`${file}.partial`));
  await rename(`${file}.partial`, file);
  return file;
}

async function nextChange(platform: Platform, id: string): Promise<void> {
  let unwatch = (): void => {};
  await new Promise<void>((resolve) => {
    const cancel = platform.clock.after(500, resolve);
    void platform.jobs
      .watch(id, () => {
        cancel();
        resolve();
      })
      .then((end) => {
        unwatch = end;
      }, resolve);
  });
  unwatch();
}
