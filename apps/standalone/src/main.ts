import { Command } from 'commander';
import { loadSettings, type Settings } from '#config';
import { asQuarryError, kindOf, systemEnvironment } from '#libs/kernel';
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

const SAME_SIGNAL_MS = 500;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  await main(program.opts<Options>());
} catch (error) {
  const { message, code } = asQuarryError(error);
  process.stderr.write(`error: ${message} (${code})\n`);
  if (kindOf(error) === 'internal') process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
}

async function main(options: Options): Promise<void> {
  const settings = settingsOf(options);
  const standalone = await startStandalone(settings);
  let stopping = false;
  let impatient = false;
  const stop = (): void => {
    if (impatient) process.exit(1);
    if (stopping) return;
    stopping = true;
    // npm and service managers pass a signal on that the terminal has sent as well: that is no second wish.
    setTimeout(() => {
      impatient = true;
    }, SAME_SIGNAL_MS).unref();
    process.stderr.write('stopping … (once more to stop at once)\n');
    standalone.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`error: ${asQuarryError(error).message}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  say(greeting(standalone.url, settings));
  if (options.sample) await importSample(standalone.platform, () => stopping);
  if (!stopping) say(suggestions(standalone.url));
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
