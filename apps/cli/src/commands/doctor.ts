import pc from 'picocolors';
import type { Settings } from '#config';
import { asQuarryError } from '#libs/kernel';
import type { CliContext } from '../cli-context.ts';
import { failed, type Finding } from '../doctor/finding.ts';
import { checkServer } from '../doctor/machine-checks.ts';
import { connect, serverUrl, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import type { AddCommand } from '../run-cli.ts';

interface DoctorOptions extends RemoteOptions {
  readonly settings?: boolean;
}

export const addDoctor: AddCommand = (program, context, exit) => {
  const command = program
    .command('doctor')
    .description(
      'check the store, broker, job store, clock, disk and conditional writes with the settings of this shell',
    )
    .option('--settings', 'print what every setting is for, and leave');
  withRemoteOptions(command).action(async (options: DoctorOptions) => {
    if (options.settings) {
      const { settingsPage } = await import('#config');
      context.stdout.write(settingsPage());
      return;
    }
    const findings = await diagnose(context, options);
    context.stdout.write(options.json ? `${JSON.stringify(findings)}\n` : `${findings.map(findingText).join('\n')}\n`);
    exit(findings.some(({ state }) => state === 'failed') ? 1 : 0);
  });
};

async function diagnose(context: CliContext, options: DoctorOptions): Promise<Finding[]> {
  const { loadSettings } = await import('#config');
  const url = serverUrl(context, options).href.replace(/\/+$/, '');
  const server = await checkServer(url, () => connect(context, options).healthy());
  let settings: Settings;
  try {
    settings = loadSettings(context.environment);
  } catch (error) {
    return [failed('settings', asQuarryError(error).message, 'see quarry doctor --settings'), server];
  }
  const { examine } = await import('../doctor/examine.ts');
  return [...(await examine(settings)), server];
}

const NAME_WIDTH = 20;
const MARKS = { ok: pc.green('✓'), warning: pc.yellow('!'), failed: pc.red('✗') };

function findingText({ check, state, detail, advice }: Finding): string {
  const line = `${MARKS[state]} ${check.padEnd(NAME_WIDTH)} ${detail}`;
  return advice ? `${line}\n  ${' '.repeat(NAME_WIDTH)} ${pc.dim('→')} ${advice}` : line;
}
