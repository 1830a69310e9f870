import { Option, type Command } from 'commander';
import { invalid } from '#libs/kernel';
import { QuarryClient } from './api/quarry-client.ts';
import type { CliContext } from './cli-context.ts';

/** The options of every command that speaks to a server. */
export interface RemoteOptions {
  readonly url?: string;
  readonly json?: boolean;
}

export function withRemoteOptions(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'the Quarry to speak to (default: QUARRY_URL or http://127.0.0.1:7600)'))
    .option('--json', 'print JSON');
}

export function serverUrl(context: CliContext, options: RemoteOptions): URL {
  const text = options.url ?? (context.environment.QUARRY_URL || 'http://127.0.0.1:7600');
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw invalid('bad_url', `"${text}" is not the URL of a server; write http://host:7600`);
  }
  return new URL(text);
}

export function connect(context: CliContext, options: RemoteOptions): QuarryClient {
  const token = context.environment.QUARRY_TOKEN;
  const url = serverUrl(context, options).href.replace(/\/+$/, '');
  return new QuarryClient({ url, ...(token && { token }) });
}
