import { formatBytes } from '#libs/kernel';
import { connect, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { plainTable } from '../render/plain-table.ts';
import { formatCount } from '../render/quantities.ts';
import type { AddCommand } from '../run-cli.ts';

export const addIndexes: AddCommand = (program, context) => {
  const command = program.command('indexes').description('list the indexes');
  withRemoteOptions(command).action(async (options: RemoteOptions) => {
    const indexes = await connect(context, options).indexes();
    if (options.json) {
      context.stdout.write(`${JSON.stringify(indexes)}\n`);
      return;
    }
    if (indexes.length === 0) {
      context.stderr.write('no index yet: quarry index INDEX PATH makes one\n');
      return;
    }
    const rows = indexes.map((one) => [
      one.index,
      String(one.version),
      formatCount(one.documents),
      formatCount(one.segments),
      formatBytes(one.bytes),
    ]);
    context.stdout.write(`${plainTable(['index', 'version', 'documents', 'segments', 'size'], rows)}\n`);
  });
};
