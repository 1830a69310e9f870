import { asQuarryError, kindOf, systemClock } from '#libs/kernel';

/** A terminal, npm and a service manager may all pass on one and the same signal; a person takes longer. */
const SAME_SIGNAL_MS = 500;

/**
 * Closes the server gracefully on the first SIGINT or SIGTERM and ends the process; a second one ends it at once.
 * @returns whether it is stopping
 */
export function stopOnSignal(close: () => Promise<void>): () => boolean {
  let stoppingSince: number | undefined;
  const stop = (): void => {
    if (stoppingSince !== undefined) {
      if (systemClock.monotonic() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = systemClock.monotonic();
    process.stderr.write('stopping … (once more to stop at once)\n');
    close().then(() => process.exit(0), failProcess);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => stoppingSince !== undefined;
}

/** One clear line, a stack only for what is our own fault, exit code 1. */
export function failProcess(error: unknown): never {
  const { message, code } = asQuarryError(error);
  process.stderr.write(`error: ${message} (${code})\n`);
  if (kindOf(error) === 'internal') process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
}
