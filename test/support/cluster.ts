import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../services/free-ports.mjs';
import { until } from '../services/run-command.mjs';
import { ClusterMember } from './cluster-member.ts';

export interface ClusterOptions {
  readonly gateways: number;
  readonly workers: number;
  /** Where each member has its data folder and its log. */
  readonly folder: string;
  /** Settings of all. With QUARRY_DATA they share it, as the embedded adapters ask. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Gateways and workers of the built product as processes of their own, at addresses that stay. */
export class Cluster {
  readonly gateways: readonly ClusterMember[];
  readonly workers: readonly ClusterMember[];
  readonly folder: string;

  private constructor(folder: string, gateways: readonly ClusterMember[], workers: readonly ClusterMember[]) {
    this.folder = folder;
    this.gateways = gateways;
    this.workers = workers;
  }

  /** Resolves when every gateway says that it is ready. When that cannot be, nothing stays. */
  static async start({ gateways, workers, folder, environment }: ClusterOptions): Promise<Cluster> {
    await mkdir(folder, { recursive: true });
    const ports = await freePorts(gateways + workers);
    const members = ports.map((port, i) => {
      const app = i < gateways ? 'gateway' : 'worker';
      const name = app === 'gateway' ? `gateway-${i + 1}` : `worker-${i - gateways + 1}`;
      const url = `http://127.0.0.1:${port}`;
      const own = { [app === 'gateway' ? 'QUARRY_PORT' : 'QUARRY_PROBE_PORT']: String(port) };
      const settings = { QUARRY_DATA: join(folder, `${name}.data`), ...environment, ...own };
      return new ClusterMember({ app, name, url, environment: settings, logFile: join(folder, `${name}.log`) });
    });
    const cluster = new Cluster(folder, members.slice(0, gateways), members.slice(gateways));
    try {
      await Promise.all(members.map((member) => member.start()));
      await cluster.ready();
      return cluster;
    } catch (error) {
      await cluster.kill();
      throw error;
    }
  }

  get members(): readonly ClusterMember[] {
    return [...this.gateways, ...this.workers];
  }

  /** Until every gateway says so. */
  async ready(timeoutMs = 300_000): Promise<void> {
    for (const { name, url } of this.gateways) await until(() => isReady(url), `${name} to be ready`, timeoutMs);
  }

  /** Kill -9 to all. */
  async kill(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
  }

  /** Kill -9 to all, then all again at their addresses. */
  async restart(): Promise<void> {
    await this.kill();
    await Promise.all(this.members.map((member) => member.start()));
    await this.ready();
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
