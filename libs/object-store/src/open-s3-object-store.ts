import type { S3ObjectStore, S3ObjectStoreOptions } from './s3/s3-object-store.ts';

/** Loads the AWS SDK only where a bucket is used: it takes a tenth of a second and some 10 MB. */
export async function openS3ObjectStore(options: S3ObjectStoreOptions): Promise<S3ObjectStore> {
  const { S3ObjectStore: Adapter } = await import('./s3/s3-object-store.ts');
  return new Adapter(options);
}
