import type { LogLevel } from '#libs/telemetry';

/** Every setting, validated, with units in the names. Made once, at start, by `loadSettings`; frozen. */
export interface Settings {
  readonly store: StoreLocation;
  readonly broker: 'embedded';
  readonly jobs: 'embedded';
  /** Absolute. Holds the embedded broker and job store. */
  readonly dataFolder: string;
  /** Prefix of every queue and key. */
  readonly namespace: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly auth: 'off';
  /** Never empty, no duplicates. */
  readonly roles: readonly Role[];
  /** Tasks a worker runs at once. */
  readonly concurrency: number;
  readonly indexMemoryBytes: number;
  readonly cacheMemoryBytes: number;
  readonly bodyLimitBytes: number;
  readonly shutdownGraceMs: number;
  readonly jobRetentionMs: number;
  readonly logLevel: LogLevel;
  readonly s3: S3Settings;
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
