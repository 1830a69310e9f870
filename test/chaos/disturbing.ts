import type { Random } from '#libs/kernel';
import type { Cluster } from '../support/cluster.ts';
import type { ClusterMember } from '../support/cluster-member.ts';
import { pause } from './client.ts';
import { drawInt, drawOne } from './draw.ts';

/** A server of ours that keeps its data through a restart. */
export interface Restartable {
  readonly name: string;
  readonly kill: () => Promise<void>;
  /** Ends it in an orderly way if it still runs. */
  readonly restart: () => Promise<void>;
}

/** About every second somebody is killed; a dead process is missed for up to a second. */
const BETWEEN_KILLS_MS = [500, 1_500] as const;
const DEAD_MS = [0, 1_000] as const;

/** Kills processes at random and has them started again, and restarts servers now and then. */
export class Disturbance {
  private readonly cluster: Cluster;
  private readonly random: Random;
  private readonly onKill: (member: ClusterMember) => Promise<void>;
  private readonly starting = new Set<Promise<void>>();
  kills = 0;
  readonly restarts = new Map<string, number>();

  /** @param onKill before each, of what is about to be killed */
  constructor(cluster: Cluster, random: Random, onKill: (member: ClusterMember) => Promise<void>) {
    this.cluster = cluster;
    this.random = random;
    this.onKill = onKill;
  }

  async killUntil(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await pause(drawInt(this.random, ...BETWEEN_KILLS_MS));
      // One that is starting as well: not all dies in its prime. But on a slow machine somebody must be left to work.
      const alive = this.cluster.members.filter(({ state }) => state !== 'down');
      const up = alive.filter(({ state }) => state === 'up');
      if (over.aborted || up.length <= this.cluster.members.length / 2) continue;
      const victim = drawOne(this.random, alive);
      await this.onKill(victim);
      await victim.kill();
      this.kills++;
      const revived = pause(drawInt(this.random, ...DEAD_MS))
        .then(() => victim.start())
        .finally(() => this.starting.delete(revived));
      // Who waits for all is told; till then nobody listens.
      revived.catch(() => undefined);
      this.starting.add(revived);
    }
  }

  /** Each in turn, evenly over the time; every other time by kill -9. */
  async restartUntil(over: AbortSignal, servers: readonly Restartable[], everyMs: number): Promise<void> {
    for (let round = 0; servers.length > 0 && !over.aborted; round++) {
      await Promise.race([pause(everyMs), aborted(over)]);
      if (over.aborted) return;
      const server = servers[round % servers.length]!;
      if (this.random.next() < 0.5) await server.kill();
      await server.restart();
      this.restarts.set(server.name, (this.restarts.get(server.name) ?? 0) + 1);
    }
  }

  /** Until everybody who was killed is back. */
  async settle(): Promise<void> {
    await Promise.all(this.starting);
    await this.cluster.ready();
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
