import type { Clock } from '#libs/kernel';
import type { Lease } from '../job-store.ts';
import type { JobStoreKeys } from './job-keys.ts';
import type { RedisScripts } from './redis-scripts.ts';
import { ACQUIRE_LEASE, RELEASE_LEASE } from './scripts/lease-scripts.ts';

/** A hint that nobody has put again for so long is forgotten. */
const HINT_KEPT_MS = 30 * 24 * 3_600_000;

/** Leases, whose time is Redis's own, and hints. */
export class RedisLeases {
  constructor(
    private readonly scripts: RedisScripts,
    private readonly keys: JobStoreKeys,
    private readonly clock: Clock,
  ) {}

  async acquire(name: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    const { lease, fence } = this.keys.lease(name);
    // Taken before Redis's time begins, so that the holder never believes in its lease for longer than Redis does.
    const expiresAt = this.clock.now() + ttlMs;
    const token = await this.scripts.run(ACQUIRE_LEASE, [lease, fence], [owner, Math.max(1, Math.floor(ttlMs))]);
    return token === null ? undefined : { name, owner, token: token as number, expiresAt };
  }

  async release({ name, owner, token }: Lease): Promise<void> {
    await this.scripts.run(RELEASE_LEASE, [this.keys.lease(name).lease], [`${token} ${owner}`]);
  }

  async putHint(key: string, value: number): Promise<void> {
    await this.scripts.ask((client) => client.set(this.keys.hint(key), String(value), 'PX', HINT_KEPT_MS));
  }

  async getHint(key: string): Promise<number | undefined> {
    const value = await this.scripts.ask((client) => client.get(this.keys.hint(key)));
    return value === null ? undefined : Number(value);
  }
}
