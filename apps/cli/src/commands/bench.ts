import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AddCommand } from '../run-cli.ts';

/** Beside this file's own build: dist/bench/main.js. */
const PROGRAM = fileURLToPath(new URL('../../../../bench/main.js', import.meta.url));

export const addBench: AddCommand = (program, _context, exit) => {
  program
    .command('bench')
    .description('run the performance suite on this machine')
    .argument('[arguments...]', 'passed on: the questions to answer, and their options')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => exit(await runBench(args)));
};

function runBench(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
