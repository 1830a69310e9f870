import { createInterface } from 'node:readline/promises';
import { systemClock, systemEnvironment, type Clock, type Environment } from '#libs/kernel';

/** What a command may touch of the process around it. */
export interface CliContext {
  readonly environment: Environment;
  readonly clock: Clock;
  /** The command's answer. */
  readonly stdout: Terminal;
  /** Progress, hints and errors. */
  readonly stderr: Terminal;
  /** A line that somebody at a terminal types in answer; undefined when there is nobody to ask, or they end it (Ctrl-D). */
  ask?(question: string): Promise<string | undefined>;
  /** Calls `action` at SIGINT, SIGTERM or SIGHUP; the returned function ends it. */
  onSignal(action: (signal: NodeJS.Signals) => void): () => void;
}

export type Terminal = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number };

/** 128 + the number of SIGINT, as shells have it. */
export const INTERRUPTED = 130;

export const DEFAULT_WIDTH = 100;
export const widthOf = (terminal: Terminal): number => terminal.columns ?? DEFAULT_WIDTH;

export function systemContext(): CliContext {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  return {
    environment: systemEnvironment(),
    clock: systemClock,
    stdout: process.stdout,
    stderr: process.stderr,
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask: askOnTerminal }),
    onSignal: (action) => {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      for (const signal of signals) process.on(signal, action);
      return () => {
        for (const signal of signals) process.off(signal, action);
      };
    },
  };
}

async function askOnTerminal(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<undefined>((resolve) => {
    terminal.once('close', () => resolve(undefined));
  });
  try {
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
}
