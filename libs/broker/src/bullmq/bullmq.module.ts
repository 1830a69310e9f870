import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import type { Queue, QueueOptions, Worker } from 'bullmq';

type Connection = QueueOptions['connection'];

export interface QueueSettings {
  /** Shared by all queues; stays open. */
  readonly connection: Connection;
  /** What every key begins with. */
  readonly prefix: string;
}

export interface WorkerSettings extends QueueSettings {
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
}

/**
 * Nobody reads the event streams; bullmq writes them all the same. Trimmed by whole nodes of a hundred entries.
 * The version check would print to the console; who opens the broker checks the server.
 */
const QUEUE_OPTIONS = { streams: { events: { maxLen: 100 } }, skipVersionCheck: true } as const;

/** The queues of a broker, registered with Nest: the known ones when it opens, any other when it is first named. */
export class BullQueues {
  private readonly queues = new Map<string, Queue>();
  private readonly loading = new Map<string, Promise<Queue>>();

  private constructor(private readonly context: INestApplicationContext) {}

  static async open(settings: QueueSettings, names: readonly string[]): Promise<BullQueues> {
    const module = { imports: [BullModule.forRoot({ ...settings, ...QUEUE_OPTIONS }), register(names)] };
    // `logger` is Nest's for the whole process: an app that wants its own sets it after the broker is open.
    const context = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    const queues = new BullQueues(context);
    for (const name of names) queues.take(name, context.get<Queue>(getQueueToken(name)));
    return queues;
  }

  async get(name: string): Promise<Queue> {
    const there = this.queues.get(name);
    if (there) return there;
    const loading = this.loading.get(name) ?? this.load(name).finally(() => this.loading.delete(name));
    this.loading.set(name, loading);
    return loading;
  }

  /** Those named so far. */
  all(): Queue[] {
    return [...this.queues.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.loading.values());
    // Nest closes what was there at its start, not what was loaded later.
    await Promise.all(this.all().map((queue) => queue.close()));
    await this.context.close();
  }

  private async load(name: string): Promise<Queue> {
    const loader = this.context.get(LazyModuleLoader);
    const reference = await loader.load(() => register([name]), { logger: false });
    return this.take(name, reference.get<Queue>(getQueueToken(name)));
  }

  private take(name: string, queue: Queue): Queue {
    // The connection's owner hears of its errors; without a listener bullmq prints them.
    queue.on('error', () => {});
    this.queues.set(name, queue);
    return queue;
  }
}

const register = (names: readonly string[]): DynamicModule =>
  BullModule.registerQueue(...names.map((name) => ({ name })));

export interface BullWorker {
  readonly worker: Worker;
  close(): Promise<void>;
}

/**
 * A worker of one mailbox, registered with Nest in a context of its own: Nest registers workers when a context starts, and
 * consumers come and go at run time. It does not run bullmq's loop (see BullMqClaims), so it never calls `process`.
 */
export async function registerBullWorker(mailbox: string, settings: WorkerSettings): Promise<BullWorker> {
  const { connection, prefix, lockDurationMs, stalledIntervalMs } = settings;

  class MailboxWorker extends WorkerHost {
    process(): Promise<never> {
      return Promise.reject(new Error('this worker is driven by hand'));
    }
  }
  // Not written as @Processor: Node runs this source as it is in the processes of the contract suite.
  Processor(mailbox, {
    autorun: false,
    lockDuration: lockDurationMs,
    stalledInterval: stalledIntervalMs,
    // Who consumes counts the attempts, and decides when a message is given up.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  })(MailboxWorker);

  const module = {
    imports: [BullModule.forRoot({ connection, prefix }), register([])],
    providers: [MailboxWorker],
  };
  // Without `logger`: what an app has set since the broker was opened stays.
  const context = await NestFactory.createApplicationContext(module, { abortOnError: false });
  const { worker } = context.get(MailboxWorker);
  return { worker, close: () => context.close() };
}
