import type { RedisLocation } from '#libs/redis';
import type { LogLevel } from '#libs/telemetry';

/** Every setting, validated, with units in the names. Made once, at start, by `loadSettings`; frozen. */
export interface Settings {
  readonly store: StoreLocation;
  readonly broker: BrokerLocation;
  readonly jobs: JobStoreLocation;
  /** Absolute. Holds the embedded broker and job store. */
  readonly dataFolder: string;
  /** Prefix of every queue and key. */
  readonly namespace: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly auth: AuthSettings;
  /** /metrics answers without credentials. */
  readonly metricsOpen: boolean;
  /** Never empty, no duplicates. */
  readonly roles: readonly Role[];
  /** Tasks a worker runs at once. */
  readonly concurrency: number;
  /** Threads for computing; 0: none. Undefined: as many as there are cores. */
  readonly threads?: number;
  /** Threads for searches that take long, at most; 0: they run in the main thread. */
  readonly searchThreads: number;
  readonly indexMemoryBytes: number;
  readonly cacheMemoryBytes: number;
  /** 0: no disk cache. */
  readonly cacheDiskBytes: number;
  readonly cacheFolder: string;
  readonly bodyLimitBytes: number;
  readonly shutdownGraceMs: number;
  readonly jobRetentionMs: number;
  readonly logLevel: LogLevel;
  /** CIDRs of addresses that webhooks may reach although they are not public. */
  readonly webhookAllow: readonly string[];
  /** Where clients reach the gateways, without a slash at the end; for links in webhooks. */
  readonly publicUrl?: string;
  /** Where a worker process answers probes and /metrics; undefined: nowhere. */
  readonly probePort?: number;
  readonly searchTaskBytes: number;
  /** Whether workers merge segments by themselves. */
  readonly compaction: boolean;
  /** What no newer version names is deleted after so long; undefined: never. */
  readonly gcGraceMs?: number;
  /** Whether tasks that take longer than others are given to a second worker. */
  readonly hedge: boolean;
  readonly s3: S3Settings;
}

export type BrokerLocation =
  | { readonly kind: 'embedded' }
  /** BullMQ on Redis. */
  | { readonly kind: 'redis'; readonly redis: RedisLocation }
  /** RabbitMQ. `url` holds the password. */
  | { readonly kind: 'amqp'; readonly url: string };

export type JobStoreLocation =
  { readonly kind: 'embedded' } | { readonly kind: 'redis'; readonly redis: RedisLocation };

export type AuthSettings = { readonly mode: 'off' } | AuthOn;

/** API keys, and the JSON Web Tokens of at most one issuer. */
export interface AuthOn {
  readonly mode: 'on';
  /** Tokens are signed HS256 with it, and then with nothing else. At least 32 bytes. */
  readonly hs256Secret?: string;
  /** Tokens are signed with one of its keys. */
  readonly jwksUrl?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** All that is accepted. */
  readonly algorithms: readonly ('HS256' | 'RS256' | 'ES256')[];
  /** The claim that names the tenant. */
  readonly tenantClaim: string;
}

export type StoreLocation =
  /** `folder` is absolute. */
  | { readonly kind: 'file'; readonly folder: string }
  /** `prefix` has no slash at either end and may be empty. */
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

export const ROLES = ['search', 'index', 'maintenance'] as const;
export type Role = (typeof ROLES)[number];

export interface S3Settings {
  /** Undefined: AWS itself. */
  readonly endpoint?: string;
  /** Undefined: the AWS SDK's own chain decides. */
  readonly region?: string;
  readonly pathStyle: boolean;
}
