import { formatBytes, QuarryError } from '#libs/kernel';
import { followJob } from '../api/follow-job.ts';
import { connect, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { formatCount } from '../render/quantities.ts';
import type { AddCommand } from '../run-cli.ts';

interface WarmOptions extends RemoteOptions {
  readonly fields?: string;
}

export const addWarm: AddCommand = (program, context) => {
  const command = program
    .command('warm')
    .description('read an index into the caches of the workers that search it')
    .argument('<index>')
    .option('--fields <names>', 'whose dictionaries, norms and columns (default: all), such as title,date');
  withRemoteOptions(command).action(async (index: string, options: WarmOptions) => {
    const client = connect(context, options);
    const fields = options.fields?.split(',').map((name) => name.trim());
    const job = await client.warm(index, { ...(fields && { fields }) });
    const { result, error, state } = await followJob(client, job, { clock: context.clock, everyMs: 5000 });
    if (!result) {
      throw new QuarryError('internal', error?.detail ?? `the warm-up was ${state}`, { code: error?.code ?? state });
    }
    if (options.json) {
      context.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    const { segments, leftOut, failed, gets, bytes } = result;
    const rest = [
      ...(leftOut > 0 ? [`${formatCount(leftOut)} left out, since a cache was full`] : []),
      ...(failed > 0 ? [`${formatCount(failed)} could not be read`] : []),
    ];
    const read = `${formatCount(segments)} segments, ${formatBytes(bytes)} in ${formatCount(gets)} requests`;
    context.stdout.write(`${[read, ...rest].join('; ')}\n`);
  });
};
