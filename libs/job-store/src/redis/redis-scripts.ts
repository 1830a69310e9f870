import { Cluster } from 'ioredis';
import { unavailable } from '#libs/kernel';
import { translateRedisError, type RedisClient } from '#libs/redis';
import * as care from './scripts/care-scripts.ts';
import * as keys from './scripts/key-scripts.ts';
import * as leases from './scripts/lease-scripts.ts';
import * as records from './scripts/record-scripts.ts';
import type { RedisScript } from './scripts/redis-script.ts';
import * as tasks from './scripts/task-scripts.ts';

const SCRIPTS: readonly RedisScript[] = [records, tasks, care, leases, keys].flatMap((file) => Object.values(file));

/** What scripts answer: nil, an integer, a text, or a list of these. */
export type Reply = null | number | string | readonly (number | string)[];

/** The client, with errors translated. ioredis loads a script on each connection's first use of it. */
export class RedisScripts {
  private closed = false;

  constructor(
    readonly client: RedisClient,
    private readonly at: string,
  ) {
    for (const { name, keys: numberOfKeys, lua } of SCRIPTS) client.defineCommand(name, { numberOfKeys, lua });
  }

  run(script: RedisScript, names: readonly string[], args: readonly (string | number)[] = []): Promise<Reply> {
    return this.ask((client) => {
      const commands = client as unknown as Record<string, (...args: (string | number)[]) => Promise<Reply>>;
      return commands[script.name]!(...names, ...args);
    });
  }

  /** For what is one command of Redis. */
  async ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    this.mustBeOpen();
    try {
      return await command(this.client);
    } catch (error) {
      throw translateRedisError(error, 'job_store_unavailable', this.at);
    }
  }

  mustBeOpen(): void {
    if (this.closed) throw unavailable('job_store_unavailable', 'the job store is closed');
  }

  /** Every master of a Cluster must answer. */
  async ping(): Promise<void> {
    await this.ask(async (client) => {
      const nodes = client instanceof Cluster ? client.nodes('master') : [client];
      await Promise.all(nodes.map((node) => node.ping()));
    });
  }

  /** Waits for what was asked. A second call does nothing. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    // Cut off, it has nobody to say goodbye to.
    if (this.client.status === 'ready') await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }
}
