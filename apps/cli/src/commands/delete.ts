import { InvalidArgumentError, Option } from 'commander';
import { hasEnded, type DeletionResult, type Job } from '../api/job.ts';
import type { DeletionRequest, QuarryClient } from '../api/quarry-client.ts';
import type { CliContext } from '../cli-context.ts';
import { connect, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { deletionSummary } from '../render/deletion-summary.ts';
import { plural } from '../render/quantities.ts';
import type { AddCommand } from '../run-cli.ts';
import { waitForJob, watchJob } from '../watch-job.ts';

interface DeleteOptions extends RemoteOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly detach?: boolean;
  readonly conflicts?: string;
  readonly maxDocs?: number;
}

export const addDelete: AddCommand = (program, context, exit) => {
  const command = program
    .command('delete')
    .description('delete the documents that match a query')
    .argument('<index>')
    .argument('[query...]', 'as for search')
    .option('--all', 'every document, in place of a query')
    .option('--dry-run', 'only say how many match')
    .option('-y, --yes', 'do not ask')
    .option('--detach', 'print the job’s id and leave (with --yes)')
    .addOption(
      new Option('--conflicts <how>', 'when others change a document first: delete nothing, or the others').choices([
        'abort',
        'proceed',
      ]),
    )
    .option('--max-docs <count>', 'delete so many at most', count);
  withRemoteOptions(command).action(async (index: string, words: string[], options: DeleteOptions, self) => {
    const text = words.join(' ').trim();
    if ((text === '') !== (options.all === true)) self.error('error: give a query, or --all for every document');
    if (options.detach && !options.yes) self.error('error: --detach cannot ask; it takes --yes');
    if (!options.yes && !options.dryRun && !context.ask) {
      self.error('error: there is no terminal to ask on; say --yes, or --dry-run to count');
    }
    const request: DeletionRequest = {
      query: options.all ? { match_all: {} } : { query_string: { query: text } },
      ...(options.conflicts && { conflicts: options.conflicts }),
      ...(options.maxDocs !== undefined && { maxDocs: options.maxDocs }),
    };
    exit(await deleteDocuments(context, connect(context, options), index, request, options));
  });
};

function count(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('expected a number from 1');
  return Number(text);
}

const END = { summary: deletionSummary, isDone: ({ result }: Job<DeletionResult>) => result?.failed === 0 };

async function deleteDocuments(
  context: CliContext,
  client: QuarryClient,
  index: string,
  request: DeletionRequest,
  options: DeleteOptions,
): Promise<number> {
  let { minVersion } = request;
  if (!options.yes) {
    const counting = await client.deleteByQuery(index, { ...request, dryRun: true });
    if (options.dryRun) return watchJob(context, client, counting, options, END);
    const { ended, interrupted } = await waitForJob(context, client, counting);
    const { result } = ended;
    if (interrupted || !hasEnded(ended) || !result || result.failed > 0) {
      context.stderr.write(`${deletionSummary(ended)}\nnothing was deleted\n`);
      return 1;
    }
    const doomed = Math.min(result.matched, request.maxDocs ?? Infinity);
    if (doomed > 0 && !(await agreed(context, index, doomed))) {
      context.stderr.write('nothing was deleted\n');
      return 1;
    }
    minVersion = result.version;
  }
  const job = await client.deleteByQuery(index, {
    ...request,
    ...(options.dryRun && { dryRun: true }),
    ...(minVersion !== undefined && { minVersion }),
  });
  return watchJob(context, client, job, options, END);
}

async function agreed(context: CliContext, index: string, documents: number): Promise<boolean> {
  const answer = await context.ask?.(`delete ${plural(documents, 'document')} from ${index}? [y/N] `);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}
