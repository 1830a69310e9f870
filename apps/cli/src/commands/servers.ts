import type { Settings } from '#config';
import type { Environment } from '#libs/kernel';
import { keepHeapTight } from '../../../platform/src/tight-heap.ts';
import type { CliContext } from '../cli-context.ts';
import type { AddCommand } from '../run-cli.ts';
import { runUntilSignal } from '../run-until-signal.ts';

/** serve, gateway, worker. Each loads its app and the settings when it is run: `quarry search` must not wait for them. */
export const addServers: AddCommand = (program, context, exit) => {
  program
    .command('serve')
    .description('run everything in one process on the embedded adapters')
    .option('--data <folder>', 'where to keep everything (QUARRY_DATA)')
    .option('--port <number>', 'where to listen (QUARRY_PORT)')
    .action(async (options: { data?: string; port?: string }) => {
      keepHeapTight();
      const settings = await settingsWith(context, { QUARRY_DATA: options.data, QUARRY_PORT: options.port });
      const { startStandalone } = await import('../../../standalone/src/standalone.ts');
      exit(await runUntilSignal(context, () => startStandalone(settings), 'standalone'));
    });

  program
    .command('gateway')
    .description('run the HTTP front alone; workers run elsewhere')
    .option('--port <number>', 'where to listen (QUARRY_PORT)')
    .action(async (options: { port?: string }) => {
      const settings = await settingsWith(context, { QUARRY_PORT: options.port });
      const { startGateway } = await import('../../../gateway/src/gateway.ts');
      exit(await runUntilSignal(context, () => startGateway(settings), 'gateway'));
    });

  program
    .command('worker')
    .description('run a worker')
    .option('--roles <roles>', 'search, index, maintenance (QUARRY_ROLES)')
    .action(async (options: { roles?: string }) => {
      keepHeapTight();
      const settings = await settingsWith(context, { QUARRY_ROLES: options.roles });
      const { startWorker } = await import('../../../worker/src/worker.ts');
      exit(await runUntilSignal(context, () => startWorker(settings), 'worker'));
    });
};

/** An option is the setting of the same meaning, checked in the same way. */
async function settingsWith(context: CliContext, chosen: Environment): Promise<Settings> {
  const { loadSettings } = await import('#config');
  const given = Object.entries(chosen).filter(([, value]) => value !== undefined);
  return loadSettings({ ...context.environment, ...Object.fromEntries(given) });
}
