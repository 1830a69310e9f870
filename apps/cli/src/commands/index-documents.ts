import { pathToFileURL } from 'node:url';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { asQuarryError, formatBytes, parseDurationMs } from '#libs/kernel';
import type { Job, WriteResult } from '../api/job.ts';
import type { QuarryClient } from '../api/quarry-client.ts';
import { INTERRUPTED, type CliContext } from '../cli-context.ts';
import { existing, filesAt, readChunks, type LocalFile } from '../local-source.ts';
import { connect, serverUrl, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { refusedAll, writeSummary } from '../render/write-summary.ts';
import type { AddCommand } from '../run-cli.ts';
import { watchJob, type WatchOptions } from '../watch-job.ts';

interface IndexOptions extends RemoteOptions, WatchOptions {
  readonly format?: string;
  readonly onError?: string;
  readonly upload?: boolean;
}

export const addIndex: AddCommand = (program, context, exit) => {
  const command = program
    .command('index')
    .description('index a file, a folder or an S3 prefix; the index is made if there is none')
    .argument('<index>', 'its name')
    .argument('<source>', 'a path, file://… or s3://…')
    .addOption(
      new Option('--format <format>', 'default: by the file’s extension').choices([
        'ndjson',
        'json',
        'csv',
        'text',
        'markdown',
      ]),
    )
    .addOption(new Option('--on-error <how>', 'what a refused document does').choices(['skip', 'fail']).default('skip'))
    .option('--detach', 'print the job’s id and leave')
    .option('--wait <duration>', 'wait at most so long, such as 30s (default: until it has ended)', duration)
    .option(
      '--upload',
      'send the file’s content, when the server at a local address cannot read this disk (a container)',
    );
  withRemoteOptions(command).action(async (index: string, source: string, options: IndexOptions, self: Command) => {
    if (options.detach && options.wait !== undefined) self.error('error: --detach and --wait exclude each other');
    exit(await indexSource(context, index, source, options));
  });
};

/** Refused before anything is submitted. */
function duration(text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function indexSource(context: CliContext, index: string, source: string, options: IndexOptions): Promise<number> {
  const client = connect(context, options);
  const asked = {
    ...(options.format && { format: options.format }),
    ...(options.onError && { onError: options.onError }),
  };
  if (/^(s3|file):\/\//.test(source)) {
    return watchWrite(context, client, await client.importSource(index, { source, ...asked }), options);
  }
  const { isLoopback } = await import('#config');
  if (isLoopback(serverUrl(context, options).hostname.replace(/^\[(.*)\]$/, '$1')) && !options.upload) {
    // The server is on this machine and reads the file itself, in parallel and without copying it.
    const url = pathToFileURL(await existing(source)).href;
    const job = await unlessNotAllowed(client.importSource(index, { source: url, ...asked }));
    if (job) return watchWrite(context, client, job, options);
  }
  let code = 0;
  for (const file of await filesAt(source, options.format)) {
    const job = await upload(context, client, index, file, options);
    code = Math.max(code, await watchWrite(context, client, job, options));
    if (code === INTERRUPTED) break;
  }
  return code;
}

/** Not everybody may have the server read its own files: then they are sent. */
async function unlessNotAllowed<T>(submitted: Promise<T>): Promise<T | undefined> {
  try {
    return await submitted;
  } catch (error) {
    if (asQuarryError(error).code !== 'source_not_allowed') throw error;
    return undefined;
  }
}

/** Sends one file. Interrupted, it leaves nothing behind: a job is made only of a whole body. */
async function upload(
  context: CliContext,
  client: QuarryClient,
  index: string,
  file: LocalFile,
  options: IndexOptions,
): Promise<Job<WriteResult>> {
  const abort = new AbortController();
  const stopListening = context.onSignal(() => abort.abort());
  let sent = 0;
  const show = (): void => {
    const share = file.bytes > 0 ? Math.floor((sent / file.bytes) * 100) : 100;
    context.stderr.write(`\r\u001B[Ksending ${file.name}: ${share}% of ${formatBytes(file.bytes)}`);
  };
  if (!context.stderr.isTTY) context.stderr.write(`sending ${file.name} (${formatBytes(file.bytes)})\n`);
  const chunks = readChunks(file, (count) => {
    sent += count;
    if (context.stderr.isTTY) show();
  });
  try {
    return await client.upload(index, {
      name: file.name,
      chunks,
      signal: abort.signal,
      ...(file.format && { format: file.format }),
      ...(options.onError && { onError: options.onError }),
      ...(file.contentEncoding && { contentEncoding: file.contentEncoding }),
    });
  } finally {
    stopListening();
    if (context.stderr.isTTY) context.stderr.write('\r\u001B[K');
  }
}

/** Exit code: 1 when it failed, or refused all that there was. */
const watchWrite = (
  context: CliContext,
  client: QuarryClient,
  job: Job<WriteResult>,
  options: IndexOptions,
): Promise<number> =>
  watchJob(context, client, job, options, {
    summary: writeSummary,
    isDone: (ended) => !refusedAll(ended),
  });
