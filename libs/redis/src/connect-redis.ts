import { Cluster, Redis, type ClusterOptions, type RedisOptions as ClientOptions } from 'ioredis';
import { type QuarryError, type Random, systemRandom } from '#libs/kernel';
import { describeLocation } from './describe-location.ts';
import { translateRedisError } from './redis-errors.ts';
import type { RedisLocation } from './redis-location.ts';

export type RedisClient = Redis | Cluster;

export interface RedisOptions {
  /** Shown by CLIENT LIST; no spaces. */
  readonly name: string;
  /** A client that waits in blocking commands or subscribes: its commands have no time limit and wait for any outage to end. */
  readonly blocking?: true;
  /** Of the jitter between attempts to connect again. */
  readonly random?: Random;
  /** Told once for each outage after the first connect; the client goes on trying by itself. */
  readonly onError?: (error: QuarryError) => void;
}

const CONNECT_TIMEOUT_MS = 4000;
/** Of a command that should take microseconds: far above a long garbage collection, below what a client waits. */
const COMMAND_TIMEOUT_MS = 5000;
/** A half-open connection (a lost route, a dropped NAT entry) is given up after so long a silence with commands on it. */
const SILENCE_MS = 8000;
const REJOIN_ATTEMPTS = 10;
const REJOIN_PAUSE_MS = 200;
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1000;
/** Commands ride out so many failed attempts to connect again, 1.3 to 2.6 s: a restart, most failovers of Sentinel. */
const RETRIES_PER_COMMAND = 5;

/**
 * Resolves with a client that is connected and that connects again, for ever, when it is cut off. Meanwhile its commands
 * wait a little, then fail: nothing hangs, and nothing is carried out long after its caller gave up. A command whose answer
 * was lost with the connection is sent again: whatever is sent must bear to happen twice.
 *
 * Rejects, once and for all, when the first attempt fails: `unavailable` (`redis_unavailable`), `invalid`
 * (`access_denied`, `redis_database`).
 */
export async function connectRedis(location: RedisLocation, options: RedisOptions): Promise<RedisClient> {
  const at = describeLocation(location);
  const state: ConnectState = { isConnected: false, isOut: false };
  const client = makeClient(location, options, state);
  client.on('error', (error: Error) => {
    state.lastError = error;
    if (!state.isConnected || state.isOut) return;
    state.isOut = true;
    options.onError?.(translateRedisError(error, 'redis_unavailable', at));
  });
  client.on('ready', () => {
    state.isOut = false;
  });
  try {
    await firstReady(client);
    // ioredis goes on with database 0 when it cannot select the one asked for.
    if (state.lastError && /DB index/.test(state.lastError.message)) throw state.lastError;
  } catch (error) {
    client.disconnect();
    throw translateRedisError(state.lastError ?? error, 'redis_unavailable', at);
  }
  state.isConnected = true;
  if (client instanceof Cluster) await warmUp(client);
  return client;
}

/**
 * A cluster's client connects to a node at its first command, and sends what comes meanwhile to another node, out of
 * order. One answer of each master beforehand spares that; one that does not answer is met again by whoever needs it.
 */
async function warmUp(cluster: Cluster): Promise<void> {
  await Promise.allSettled(cluster.nodes('master').map((node) => node.ping()));
}

/** Not by connect(): it never settles for a Cluster whose node says that it is not ready. */
function firstReady(client: RedisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    let reason = new Error('it is not ready; see CLUSTER INFO');
    client.once('ready', resolve);
    client.once('end', () => reject(reason));
    client.connect().catch((error: Error) => {
      reason = error;
    });
  });
}

interface ConnectState {
  /** Until the first success no attempt is repeated. */
  isConnected: boolean;
  /** An outage was reported and has not ended. */
  isOut: boolean;
  lastError?: Error;
}

function makeClient(location: RedisLocation, options: RedisOptions, state: ConnectState): RedisClient {
  const { random = systemRandom } = options;
  const node = nodeOptions(location, options);
  const { nodes, mode, tls, password } = location;
  // A node that was restarted answers, but says that the cluster has failed until it has met the others: ask another.
  const isRejoining = (attempt: number): boolean =>
    mode === 'cluster' && !state.lastError && attempt <= REJOIN_ATTEMPTS;
  const again = (attempt: number): number | null => {
    if (!state.isConnected) return isRejoining(attempt) ? REJOIN_PAUSE_MS : null;
    // Half of it is certain: full jitter could use up a command's retries within a few ms.
    return Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (attempt - 1)) * (0.5 + random.next() / 2);
  };
  if (mode === 'cluster') {
    return new Cluster([...nodes], {
      redisOptions: node,
      lazyConnect: true,
      clusterRetryStrategy: again,
      // The cluster's own queue knows no time limit, so only blocking clients have it.
      enableOfflineQueue: options.blocking === true,
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
      // Certificates name hosts, and the lookup is the socket's business.
      ...(tls && { dnsLookup: (host: string, done: DnsDone) => done(null, host) }),
    } satisfies ClusterOptions);
  }
  if (mode === 'sentinel') {
    return new Redis({
      ...node,
      sentinels: [...nodes],
      name: location.master ?? '',
      sentinelRetryStrategy: again,
      sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
      // Sentinels rarely know the data nodes' users: they get the password for their default user.
      ...(password !== undefined && { sentinelPassword: password }),
      ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
      retryStrategy: again,
    });
  }
  return new Redis({ ...node, ...nodes[0]!, retryStrategy: again });
}

type DnsDone = (error: null, address: string) => void;

function nodeOptions(location: RedisLocation, { name, blocking }: RedisOptions): ClientOptions {
  const { username, password, database, tls } = location;
  // Not enableAutoPipelining: it holds one pipeline in flight at a time, and measured 35 µs of this process's CPU a script
  // call in place of 30, and no more calls a second (64 in flight, Redis 7.0, ioredis 6.0).
  return {
    lazyConnect: true,
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: blocking ? null : RETRIES_PER_COMMAND,
    ...(!blocking && { commandTimeout: COMMAND_TIMEOUT_MS, socketTimeout: SILENCE_MS }),
    // A master that became a replica (behind a managed Redis's one name, say) is left for the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    db: database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
  };
}
