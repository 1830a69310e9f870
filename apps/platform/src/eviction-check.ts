import type { Settings } from '#config';
import type { Clock } from '#libs/kernel';
import type { RedisLocation } from '#libs/redis';

/** A policy is changed by people, rarely. */
const FRESH_MS = 60_000;

/**
 * Says which Redis of the settings could drop jobs when its memory is full (any policy but `noeviction`): for readiness
 * and `quarry doctor`. Undefined: none could.
 */
export class EvictionCheck {
  private checkedAt = -Infinity;
  private found: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  warning(): Promise<string | undefined> {
    const now = this.clock.monotonic();
    if (now - this.checkedAt > FRESH_MS) {
      this.checkedAt = now;
      this.found = this.look().catch((error: unknown) => {
        this.checkedAt = -Infinity;
        throw error;
      });
    }
    return this.found;
  }

  private async look(): Promise<string | undefined> {
    const { broker, jobs } = this.settings;
    const locations = [broker, jobs].flatMap((place) => (place.kind === 'redis' ? [place.redis] : []));
    const distinct = new Map(locations.map((location) => [JSON.stringify(location), location]));
    const warnings: string[] = [];
    for (const location of distinct.values()) {
      const warning = await evictionOf(location);
      if (warning !== undefined) warnings.push(warning);
    }
    return warnings.length === 0 ? undefined : warnings.join('; ');
  }
}

async function evictionOf(location: RedisLocation): Promise<string | undefined> {
  const { connectRedis, describeEviction, findEvictingNodes } = await import('#libs/redis');
  const client = await connectRedis(location, { name: 'quarry-eviction-check' });
  try {
    const nodes = await findEvictingNodes(client, location);
    return nodes.length === 0 ? undefined : describeEviction(nodes);
  } finally {
    client.disconnect();
  }
}
