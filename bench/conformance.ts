import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElasticFacade } from './conformance/elastic-facade.ts';
import { opensearchStories } from './conformance/opensearch-stories.ts';
import { QuarryCalls } from './conformance/quarry-calls.ts';
import { quickwitStories } from './conformance/quickwit-stories.ts';
import { runStory, type Outcome } from './conformance/run-story.ts';
import type { Story } from './conformance/story.ts';
import { ProductProcess } from './product-process.ts';
import { table } from './report.ts';

export interface ConformanceOptions {
  /** A folder with quickwit-scenarii and opensearch-api-spec, or one of the two. */
  readonly path: string;
  /** Only stories whose name contains it. */
  readonly only?: string;
}

const SUITES: Readonly<Record<string, (folder: string) => Story[]>> = {
  'quickwit-scenarii': quickwitStories,
  'opensearch-api-spec': opensearchStories,
};

/**
 * Requests and answers that others wrote down for Elasticsearch and OpenSearch, asked of the built product through a
 * translation of the calls (docs/CONFORMANCE.md). False when a step failed.
 */
export async function conformance({ path, only = '' }: ConformanceOptions): Promise<boolean> {
  const outcomes = new Map<string, Outcome[]>();
  for (const [suite, read] of Object.entries(SUITES)) {
    const folder = join(path, suite);
    if (!existsSync(folder)) continue;
    outcomes.set(suite, await run(read(folder).filter(({ name }) => name.includes(only))));
  }
  for (const found of outcomes.values()) printFailed(found);
  printLeftOut([...outcomes.values()].flat());
  const count = (list: readonly Outcome[], result: string): string =>
    String(list.filter((outcome) => outcome.result === result).length);
  const results = ['passed', 'failed', 'left out'];
  table(
    ['suite', ...results],
    [...outcomes].map(([suite, list]) => [suite, ...results.map((result) => count(list, result))]),
  );
  return [...outcomes.values()].flat().every(({ result }) => result !== 'failed');
}

async function run(stories: readonly Story[]): Promise<Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'quarry-conformance-'));
  const server = await ProductProcess.start({
    app: 'standalone',
    environment: { QUARRY_LOG_LEVEL: 'fatal' },
    arguments: ['--data', folder, '--port', '0', '--no-sample'],
    ready: /is up at (http:\/\/\S+)/,
  });
  try {
    const quarry = new QuarryCalls(server.said);
    const outcomes: Outcome[] = [];
    for (const story of stories) {
      await quarry.dropAllIndexes();
      outcomes.push(...(await runStory(story, new ElasticFacade(quarry))));
    }
    return outcomes;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function printFailed(outcomes: readonly Outcome[]): void {
  for (const { story, step, result, because } of outcomes) {
    if (result === 'failed') process.stdout.write(`✗ ${story}: ${step}\n    ${because.slice(0, 5).join('\n    ')}\n`);
  }
}

function printLeftOut(outcomes: readonly Outcome[]): void {
  const leftOut = outcomes.filter(({ result }) => result === 'left out').map(({ because }) => because[0]!);
  const groups = Map.groupBy(leftOut, (reason) => reason.split(': ')[0]!);
  for (const [group, reasons] of [...groups].toSorted((a, b) => b[1].length - a[1].length)) {
    const features = Map.groupBy(reasons, (reason) => reason.slice(group.length + 2));
    const named = [...features].map(([feature, of]) => (of.length === 1 ? feature : `${feature} × ${of.length}`));
    process.stdout.write(`left out ${reasons.length}: ${group}${features.has('') ? '' : `: ${named.join(', ')}`}\n`);
  }
}
