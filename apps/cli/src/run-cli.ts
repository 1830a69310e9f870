import { Command, CommanderError } from 'commander';
import { asQuarryError } from '#libs/kernel';
import type { CliContext } from './cli-context.ts';
import { addBench } from './commands/bench.ts';
import { addDelete } from './commands/delete.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExport } from './commands/export.ts';
import { addIndex } from './commands/index-documents.ts';
import { addIndexes } from './commands/indexes.ts';
import { addJobs } from './commands/jobs.ts';
import { addKeys } from './commands/keys.ts';
import { addSearch } from './commands/search.ts';
import { addServers } from './commands/servers.ts';
import { addWarm } from './commands/warm.ts';
import { renderError } from './render/error-line.ts';
import { packageVersion } from './package-version.ts';

/** An action sets it; 0 done, 1 failed, 2 usage (set here), 130 interrupted. */
export type SetExitCode = (code: number) => void;

export type AddCommand = (program: Command, context: CliContext, exit: SetExitCode) => void;

/** Runs one command line; resolves with the exit code. `args` begin after the program's name. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let code = 0;
  const program = new Command('quarry')
    .description('Full-text search over a bucket.')
    .version(packageVersion())
    .enablePositionalOptions()
    .showHelpAfterError('(quarry --help lists the commands and their options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 80,
      getErrHelpWidth: () => context.stderr.columns ?? 80,
    });
  const add = [
    addServers,
    addIndex,
    addSearch,
    addDelete,
    addExport,
    addJobs,
    addIndexes,
    addWarm,
    addKeys,
    addDoctor,
    addBench,
  ];
  for (const one of add) one(program, context, (exitCode) => (code = exitCode));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return usageCode(error, args);
    context.stderr.write(`${renderError(asQuarryError(error), args.includes('--json'))}\n`);
    return USAGE_CODES.has(asQuarryError(error).code) ? 2 : 1;
  }
}

/** What was typed, or set in the shell, cannot be meant. */
const USAGE_CODES = new Set(['bad_url', 'bad_setting', 'bad_path', 'file_exists']);

/** Help that was asked for is no mistake; help shown because nothing was asked is. */
const usageCode = (error: CommanderError, args: readonly string[]): number =>
  error.exitCode === 0 || (error.code === 'commander.help' && args.includes('help')) ? 0 : 2;
