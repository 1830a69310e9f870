/** Where a Redis is and how to speak to it. Made by config from `redis://…`, `rediss://…` and their kin (docs/SETTINGS.md). */
export interface RedisLocation {
  /** `sentinel`: `nodes` are Sentinels that know `master`; `cluster`: some nodes of a Redis Cluster. */
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  /** Never empty. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** Of a Sentinel setup. */
  readonly master?: string;
  readonly username?: string;
  readonly password?: string;
  /** 0 in a cluster. */
  readonly database: number;
  readonly tls: boolean;
}
