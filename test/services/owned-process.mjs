import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** With it the kernel ends a process when the one that started it dies, even by kill -9. */
const SETPRIV = '/usr/bin/setpriv';

/**
 * The command that runs a program in such a way.
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {[string, ...string[]]}
 */
export const ownedCommand = (program, args) =>
  existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', program, ...args] : [program, ...args];

/**
 * Starts a program that lives no longer than this process. What it prints is added to the file `log`.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{log: string, env?: NodeJS.ProcessEnv, cwd?: string, stdin?: 'ignore' | 'pipe'}} options
 * @returns {Promise<import('node:child_process').ChildProcess>}
 */
export async function startOwned(program, args, { log, stdin = 'ignore', ...options }) {
  const [command, ...rest] = ownedCommand(program, args);
  const file = await open(log, 'a');
  const child = spawn(command, rest, { ...options, stdio: [stdin, file.fd, file.fd] });
  // Of a program that cannot be started: it has ended, as `hasEnded` tells.
  child.on('error', () => undefined);
  await file.close();
  return child;
}

export const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;

/** Sends the signal and resolves when the process is gone; one that already is stays so. */
export async function endOwned(child, signal = 'SIGKILL') {
  if (hasEnded(child)) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exited;
}
