export * from './coalesce-ranges.ts';
export * from './file/file-object-store.ts';
export * from './memory/memory-object-store.ts';
export * from './object-key.ts';
export * from './object-store.ts';
export { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retrying.ts';
export * from './s3/s3-object-store.ts';
export type { S3Connection } from './s3/s3-requests.ts';
