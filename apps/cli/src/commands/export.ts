import { Option, type Command } from 'commander';
import { hasEnded, type ExportResult, type Job } from '../api/job.ts';
import type { ExportRequest, QuarryClient } from '../api/quarry-client.ts';
import { INTERRUPTED, type CliContext } from '../cli-context.ts';
import { localTarget, type LocalTarget } from '../local-target.ts';
import { connect, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { exportSummary } from '../render/export-summary.ts';
import type { AddCommand } from '../run-cli.ts';
import { waitForJob, watchJob } from '../watch-job.ts';

interface ExportOptions extends RemoteOptions {
  readonly to: string;
  readonly format?: string;
  readonly compression?: string;
  readonly fields?: string;
  readonly force?: boolean;
  readonly detach?: boolean;
}

const FORMATS = ['ndjson', 'csv'];
const COMPRESSIONS = ['none', 'gzip', 'zstd'];
const COMPRESSION_OF: Readonly<Record<string, string>> = { gz: 'gzip', zst: 'zstd' };
const FORMAT_OF: Readonly<Record<string, string>> = { ndjson: 'ndjson', jsonl: 'ndjson', csv: 'csv' };

export const addExport: AddCommand = (program, context, exit) => {
  const command = program
    .command('export')
    .description('write the documents that match a query into files')
    .argument('<index>')
    .argument('[query...]', 'as for search; nothing: every document')
    .requiredOption('--to <place>', 'a file of yours, - for stdout, or a folder the workers write: s3://… or file://…')
    .addOption(new Option('--format <format>', 'default: by the file’s name, or ndjson').choices(FORMATS))
    .addOption(new Option('--compression <how>', 'default: by the file’s name, or none').choices(COMPRESSIONS))
    .option('--fields <names>', 'which fields, such as title,date; the columns of a CSV')
    .option('--force', 'replace the file if there is one')
    .option('--detach', 'print the job’s id and leave (for s3://… and file://…)');
  withRemoteOptions(command).action(async (index: string, words: string[], options: ExportOptions, self: Command) => {
    const isRemote = /^(s3|file):\/\//.test(options.to);
    if (options.detach && !isRemote) self.error('error: --detach cannot fetch the file; it takes s3://… or file://…');
    const client = connect(context, options);
    const request = requestFor(words.join(' ').trim(), options, isRemote);
    if (isRemote) {
      const job = await client.export(index, { ...request, target: options.to });
      exit(await watchJob(context, client, job, options, END));
      return;
    }
    const target = await localTarget(context, options.to, options.force === true);
    exit(await fetchExport(context, client, index, request, target, options));
  });
};

const END = { summary: exportSummary, isDone: ({ result }: Job<ExportResult>) => result?.failed === 0 };

function requestFor(text: string, options: ExportOptions, isRemote: boolean): ExportRequest {
  const extensions = isRemote ? [] : options.to.toLowerCase().split('.').slice(1).toReversed();
  const byName = COMPRESSION_OF[extensions[0] ?? ''];
  const compression = options.compression ?? byName;
  const format = options.format ?? FORMAT_OF[extensions[byName ? 1 : 0] ?? ''];
  const fields = options.fields?.split(',').map((name) => name.trim());
  return {
    ...(text !== '' && { query: { query_string: { query: text } } }),
    ...(format && { format }),
    ...(compression && { compression }),
    ...(fields && { fields }),
  };
}

/** Has the workers write the parts, then puts them together here. */
async function fetchExport(
  context: CliContext,
  client: QuarryClient,
  index: string,
  request: ExportRequest,
  target: LocalTarget,
  options: ExportOptions,
): Promise<number> {
  const { ended, interrupted } = await waitForJob(context, client, await client.export(index, request));
  if (!hasEnded(ended)) return interrupted ? INTERRUPTED : 1;
  const isWhole = ended.state === 'succeeded' && ended.result?.failed === 0;
  if (isWhole) await writeTo(context, client, ended, target);
  // What goes to stdout is the documents alone.
  const shown = target.isStdout ? context.stderr : context.stdout;
  shown.write(options.json ? `${JSON.stringify(ended)}\n` : `${exportSummary(ended, target.shown)}\n`);
  return isWhole ? 0 : 1;
}

async function writeTo(
  context: CliContext,
  client: QuarryClient,
  job: Job<ExportResult>,
  target: LocalTarget,
): Promise<void> {
  const stop = new AbortController();
  const stopListening = context.onSignal(() => stop.abort());
  try {
    await target.write(client.download(job.id, stop.signal));
  } finally {
    stopListening();
  }
}
