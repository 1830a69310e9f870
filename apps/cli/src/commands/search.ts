import { InvalidArgumentError } from 'commander';
import { followJob } from '../api/follow-job.ts';
import { hasEnded, type Job } from '../api/job.ts';
import type { QuarryClient } from '../api/quarry-client.ts';
import type { SearchResult } from '../api/search-result.ts';
import { widthOf, type CliContext } from '../cli-context.ts';
import { QuarryError } from '#libs/kernel';
import { connect, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { hitsTable, MARK_END, MARK_START } from '../render/hits-table.ts';
import type { AddCommand } from '../run-cli.ts';

interface SearchOptions extends RemoteOptions {
  readonly size: number;
  readonly sort?: string;
  readonly fields?: string;
  readonly watch?: boolean;
}

/** What the server waits before it answers with the job instead. */
const WAIT_MS = 2000;
/** How often --watch asks whether the index has a new version. */
const WATCH_EVERY_MS = 1000;

export const addSearch: AddCommand = (program, context, exit) => {
  const command = program
    .command('search')
    .description('search an index')
    .argument('<index>')
    .argument('[query...]', 'words, "a phrase", +must -not, field:value, field:[1 TO 5], pre*; nothing: every document')
    .option('--size <count>', 'how many hits', count, 10)
    .option('--sort <fields>', 'such as date:desc,title (default: by score)')
    .option('--fields <names>', 'the columns to show, such as title,date')
    .option('--watch', 'show partial results, and search again whenever the index changes');
  withRemoteOptions(command).action(async (index: string, words: string[], options: SearchOptions) => {
    const client = connect(context, options);
    const body = searchBody(words.join(' '), options);
    if (options.watch) await watch(context, client, index, body, options);
    else show(context, await searchOnce(context, client, index, body), options);
    exit(0);
  });
};

function count(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('expected a number from 0 to 99999');
  return Number(text);
}

/** The body of the HTTP API for what was typed. */
export function searchBody(
  query: string | undefined,
  options: Pick<SearchOptions, 'size' | 'sort' | 'fields' | 'json'>,
): unknown {
  const words = query?.trim();
  return {
    query: words ? { query_string: { query: words } } : { match_all: {} },
    size: options.size,
    ...(options.sort && { sort: options.sort.split(',').map(sortKey) }),
    // A program that reads JSON gets the server's own marks, <em>.
    highlight: {
      ...(!options.json && { pre_tags: [MARK_START], post_tags: [MARK_END] }),
      fields: { '*': {} },
    },
  };
}

function sortKey(text: string): unknown {
  const found = /^(.+?)(?::(asc|desc))?$/.exec(text.trim());
  return found?.[2] ? { [found[1]!]: { order: found[2] } } : text.trim();
}

async function searchOnce(
  context: CliContext,
  client: QuarryClient,
  index: string,
  body: unknown,
  onPartial?: (partial: SearchResult) => void,
): Promise<SearchResult> {
  const { result, job } = await client.search(index, body, onPartial ? 200 : WAIT_MS);
  if (result) return result;
  let interrupted = false;
  const stop = new AbortController();
  const stopListening = context.onSignal(() => {
    interrupted = true;
    stop.abort();
  });
  const ended = await followJob(client, job, {
    clock: context.clock,
    everyMs: onPartial ? 500 : 5000,
    onChange: (latest) => {
      const { partial } = latest as Job<SearchResult>;
      if (partial?.hits) onPartial?.(partial);
    },
    signal: stop.signal,
  }).finally(stopListening);
  if (interrupted && !hasEnded(ended)) {
    // Nobody waits for it any more.
    await client.cancel(job.id).catch(() => {});
    throw new QuarryError('cancelled', 'the search was stopped');
  }
  if (ended.result) return ended.result;
  throw new QuarryError('internal', ended.error?.detail ?? `the search was ${ended.state}`, {
    code: ended.error?.code ?? ended.state,
  });
}

function show(context: CliContext, result: SearchResult, options: SearchOptions): void {
  const text = options.json
    ? JSON.stringify(result)
    : hitsTable(result, { fields: columns(options), width: widthOf(context.stdout) });
  context.stdout.write(`${text}\n`);
}

const columns = ({ fields }: SearchOptions): string[] =>
  (fields ?? '')
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');

/** Until a signal: partial results while a search runs, then a search for each new version of the index. */
async function watch(
  context: CliContext,
  client: QuarryClient,
  index: string,
  body: unknown,
  options: SearchOptions,
): Promise<void> {
  const { clock, stdout } = context;
  const stop = new AbortController();
  const stopListening = context.onSignal(() => stop.abort());
  const redraw = (result: SearchResult): void => {
    if (stdout.isTTY && !options.json) stdout.write('\u001B[H\u001B[2J');
    show(context, result, options);
  };
  try {
    for (let seen: number | undefined; !stop.signal.aborted;) {
      const { version } = await client.index(index);
      if (version !== seen) redraw(await searchOnce(context, client, index, body, redraw));
      seen = version;
      await clock.sleep(WATCH_EVERY_MS, stop.signal).catch(() => {});
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stopListening();
  }
}
