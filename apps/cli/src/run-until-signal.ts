import type { CliContext } from './cli-context.ts';

/** A server that is up. */
export interface Running {
  readonly url?: string;
  close(): Promise<void>;
}

/** A terminal, a process group and the parent may all pass on one and the same signal; a person takes longer. */
const SAME_SIGNAL_MS = 500;

/** Runs a server until the first signal, then closes it gracefully; a second signal ends the process at once. */
export async function runUntilSignal(
  context: CliContext,
  start: () => Promise<Running>,
  name: string,
): Promise<number> {
  const running = await start();
  context.stderr.write(running.url ? `quarry ${name} at ${running.url}\n` : `quarry ${name} is up\n`);
  await new Promise<void>((resolve) => {
    const stop = context.onSignal(() => {
      stop();
      resolve();
    });
  });
  context.stderr.write('stopping … (once more to stop at once)\n');
  const stoppingSince = context.clock.monotonic();
  context.onSignal(() => {
    if (context.clock.monotonic() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
  });
  await running.close();
  return 0;
}
