import { Command } from 'commander';
import { loadSettings, type Settings } from '#config';
import { asQuarryError, systemEnvironment } from '#libs/kernel';
import { failProcess, stopOnSignal } from '../../platform/src/server-process.ts';
import { firstMinute } from './first-minute/first-minute.ts';
import { ImportMeter } from './first-minute/import-meter.ts';
import { greeting, suggestions } from './first-minute/greeting.ts';
import { startStandalone } from './standalone.ts';

interface Options {
  readonly data?: string;
  readonly port?: string;
  readonly sample: boolean;
}

const program = new Command('npm start --')
  .description('Quarry in one process: gateway, worker, embedded broker and job store.')
  .option('--data <folder>', 'where to keep everything (QUARRY_DATA)')
  .option('--port <number>', 'where to listen (QUARRY_PORT)')
  .option('--no-sample', 'do not import WordNet into a new installation')
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  await main(program.opts<Options>());
} catch (error) {
  failProcess(error);
}

async function main(options: Options): Promise<void> {
  const settings = settingsOf(options);
  const standalone = await startStandalone(settings);
  const stopping = stopOnSignal(() => standalone.close());
  say(greeting(standalone.url, settings));
  if (options.sample) await importSample(standalone.platform, stopping);
  if (!stopping()) say(suggestions(standalone.url));
}

async function importSample(platform: Parameters<typeof firstMinute>[0], stopping: () => boolean): Promise<void> {
  const meter = new ImportMeter(process.stdout);
  try {
    const view = await firstMinute(platform, (progress) => meter.update(progress));
    meter.end(view);
  } catch (error) {
    meter.end(undefined);
    // The sample is a courtesy: the server is up and stays up without it.
    if (!stopping()) process.stderr.write(`the sample was not imported: ${asQuarryError(error).message}\n`);
  }
}

function settingsOf(options: Options): Settings {
  return loadSettings({
    ...systemEnvironment(),
    ...(options.data !== undefined && { QUARRY_DATA: options.data }),
    ...(options.port !== undefined && { QUARRY_PORT: options.port }),
  });
}
