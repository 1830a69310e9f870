import { InvalidArgumentError, type Command } from 'commander';
import { KEY_SCOPES, type Key, type KeyRequest, type NewKey } from '../api/key.ts';
import type { CliContext } from '../cli-context.ts';
import { connect, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { plainTable } from '../render/plain-table.ts';
import type { AddCommand } from '../run-cli.ts';

interface CreateOptions extends RemoteOptions {
  readonly scopes?: string[];
  readonly indexes?: string[];
  readonly expires?: string;
  readonly tenant?: string;
  readonly local?: boolean;
}

export const addKeys: AddCommand = (program, context) => {
  const keys = program.command('keys').description('make, list and revoke API keys');
  addCreate(keys, context);
  addList(keys, context);
  addRevoke(keys, context);
};

function addCreate(keys: Command, context: CliContext): void {
  const command = keys
    .command('create')
    .description('make a key and print it: it is shown this once')
    .argument('<name>', 'what you call it')
    .option(
      '--scopes <list>',
      `what it may do, of ${KEY_SCOPES.join(',')} (default: search,index; with --local all)`,
      scopes,
    )
    .option('--indexes <patterns>', 'the indexes it may use, such as logs-*,books (default: all)', list)
    .option('--expires <duration>', 'when it ends by itself, such as 30d (default: never)')
    .option('--tenant <name>', "whose data it sees (default: your own; with --local 'default')")
    .option(
      '--local',
      'write it to the store of this shell’s settings, without a server: the first key of an installation',
    );
  withRemoteOptions(command).action(async (name: string, options: CreateOptions) => {
    const request: KeyRequest = {
      name,
      scopes: options.scopes ?? (options.local ? [...KEY_SCOPES] : ['search', 'index']),
      ...(options.indexes && { indexes: options.indexes }),
      ...(options.expires !== undefined && { expiresIn: options.expires }),
      ...(options.tenant !== undefined && { tenant: options.tenant }),
    };
    const made = options.local
      ? await createLocally(context, request)
      : await connect(context, options).createKey(request);
    printNew(context, made, options);
  });
}

async function createLocally(context: CliContext, request: KeyRequest): Promise<NewKey> {
  const { createLocalKey } = await import('../local-keys.ts');
  return createLocalKey(context, request);
}

/** The key alone on stdout, so that a script can keep it; the rest is for people. */
function printNew(context: CliContext, made: NewKey, { json }: RemoteOptions): void {
  if (json) {
    context.stdout.write(`${JSON.stringify(made)}\n`);
    return;
  }
  const until = made.expiresAt === undefined ? '' : `, until ${made.expiresAt}`;
  const { id, tenant } = made;
  context.stderr.write(
    `key ${id} of ${tenant} may ${made.scopes.join(', ')} in ${indexesOf(made)}${until}; keep it, it is not shown again:\n`,
  );
  context.stdout.write(`${made.key}\n`);
}

function addList(keys: Command, context: CliContext): void {
  const command = keys.command('list').description('list the keys, without their secrets');
  withRemoteOptions(command).action(async (options: RemoteOptions) => {
    const found = await connect(context, options).keys();
    if (options.json) context.stdout.write(`${JSON.stringify(found)}\n`);
    else if (found.length === 0) context.stderr.write('no keys yet: quarry keys create NAME makes one\n');
    else context.stdout.write(`${keysTable(found, context.clock.now())}\n`);
  });
}

function addRevoke(keys: Command, context: CliContext): void {
  const command = keys
    .command('revoke')
    .description('end keys: within ten seconds no server takes them any more')
    .argument('<id...>', 'as quarry keys list shows them');
  withRemoteOptions(command).action(async (ids: string[], options: RemoteOptions) => {
    const client = connect(context, options);
    for (const id of ids) {
      await client.revokeKey(id);
      if (!options.json) context.stderr.write(`${id} is revoked\n`);
    }
    if (options.json) context.stdout.write(`${JSON.stringify(ids)}\n`);
  });
}

function keysTable(keys: readonly Key[], now: number): string {
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.tenant,
    key.scopes.join(','),
    indexesOf(key),
    key.createdAt.slice(0, 10),
    expiryOf(key, now),
  ]);
  return plainTable(['id', 'name', 'tenant', 'scopes', 'indexes', 'created', 'expires'], rows);
}

const indexesOf = ({ indexes }: Key): string => indexes?.join(',') ?? 'all indexes';

function expiryOf({ expiresAt }: Key, now: number): string {
  if (expiresAt === undefined) return 'never';
  return Date.parse(expiresAt) <= now ? 'expired' : expiresAt.slice(0, 10);
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function scopes(text: string): string[] {
  const named = list(text);
  if (named.length > 0 && named.every((name) => KEY_SCOPES.includes(name))) return named;
  throw new InvalidArgumentError(`expected a list of ${KEY_SCOPES.join(', ')}`);
}
