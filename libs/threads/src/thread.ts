import { Worker, workerData, type ResourceLimits } from 'node:worker_threads';
import { QuarryError } from '#libs/kernel';
import { Conversation, type Handlers } from './conversation.ts';

/** What a thread runs: a module that calls `serveThread`. */
export interface ThreadEntry {
  readonly url: URL;
  /** Undefined: as this process's. */
  readonly execArgv?: readonly string[];
}

/** From source Node compiles types away by itself, with the import conditions of the sources. */
const FROM_SOURCE = [
  '--experimental-transform-types',
  '--conditions=quarry-src',
  '--disable-warning=ExperimentalWarning',
];

/**
 * A module beside the one that asks: TypeScript when that runs from source (tests), JavaScript when it is built.
 * @param name relative and without extension, as `./x.worker`
 */
export function threadEntry(name: string, beside: string): ThreadEntry {
  if (beside.endsWith('.ts')) return { url: new URL(`${name}.ts`, beside), execArgv: FROM_SOURCE };
  return { url: new URL(`${name}.js`, beside) };
}

export interface ThreadOptions {
  readonly entry: ThreadEntry;
  readonly limits?: ResourceLimits;
  /** What the thread is told when it starts; can be cloned. */
  readonly data?: unknown;
  /** What the thread may ask at any time. */
  readonly host?: Handlers;
}

/** In a thread: what its pool tells all its threads. */
export const threadData = (): unknown => workerData;

/** One running thread and the conversation with it. It keeps the process alive only while `hold` says so. */
export class Thread {
  readonly conversation: Conversation;
  /** Resolves with the reason when it has ended, whoever ended it. */
  readonly ended: Promise<string>;
  private readonly worker: Worker;
  private uncaught: Error | undefined;

  constructor({ entry, limits, data, host = {} }: ThreadOptions) {
    const { url, execArgv } = entry;
    this.worker = new Worker(url, {
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(limits && { resourceLimits: limits }),
      workerData: data,
    });
    this.conversation = new Conversation(this.worker, host);
    this.worker.on('error', (error) => (this.uncaught = error));
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        const why = this.uncaught ? this.uncaught.message : `it exited with ${code}`;
        this.conversation.close(
          new QuarryError('internal', `the thread that did this has ended: ${why}`, {
            code: 'thread_lost',
            cause: this.uncaught,
          }),
        );
        resolve(why);
      });
    });
    this.worker.unref();
  }

  hold(): void {
    this.worker.ref();
  }

  release(): void {
    this.worker.unref();
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }
}
