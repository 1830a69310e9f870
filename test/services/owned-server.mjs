import { readFile } from 'node:fs/promises';
import { endOwned, hasEnded, startOwned } from './owned-process.mjs';

/**
 * A server that is a program of this machine, to be started again and again.
 * @param {{program: string, args?: readonly string[], log: string, env?: NodeJS.ProcessEnv, cwd: string,
 *   onEnd?: (why: string) => void}} options `onEnd` is told when it ends by itself
 */
export function ownedServer({ program, args = [], log, env, cwd, onEnd }) {
  let child;
  let asked = false;
  return {
    start: async () => {
      child = await startOwned(program, args, { log, env, cwd });
      asked = false;
      child.on('exit', (code, signal) => {
        if (!asked) onEnd?.(`${program} ended by itself (${code ?? signal}); see ${log}`);
      });
    },
    /** Why it has ended, if it has. */
    ended: async () => (hasEnded(child) ? (await readFile(log, 'utf8')).slice(-3000) : undefined),
    end: async (signal) => {
      asked = true;
      if (child) await endOwned(child, signal);
    },
    remove: async () => undefined,
  };
}
