/** A Redis of one's own on a free port of 127.0.0.1, in a folder of its own. */
export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>;
  /** Kill -9; what it has not written is gone. */
  readonly kill: () => Promise<void>;
  /** Ends it with SIGTERM if it runs, and starts it again on the same port and folder. */
  readonly restart: () => Promise<void>;
  readonly command: (...words: (string | number)[]) => Promise<unknown>;
}

export interface RedisOptions {
  readonly appendonly?: boolean;
  readonly fsync?: 'always' | 'everysec' | 'no';
  /** A free one unless named. */
  readonly port?: number;
  readonly args?: readonly (string | number)[];
}

export function startRedis(options?: RedisOptions): Promise<OwnRedis>;

/** Three masters without replicas. `url` is redis+cluster://host:port,… */
export function startRedisCluster(): Promise<{
  readonly url: string;
  readonly nodes: readonly OwnRedis[];
  readonly stop: () => Promise<void>;
}>;

/** A master with one replica, watched by one sentinel that decides alone. `url` is redis+sentinel://host:port/name. */
export function startSentinel(): Promise<{
  readonly url: string;
  /** The sentinel's. */
  readonly port: number;
  readonly master: OwnRedis;
  readonly replica: OwnRedis;
  /** Of whoever is the master now. */
  readonly masterPort: () => Promise<number>;
  readonly stop: () => Promise<void>;
}>;
