import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { isKey } from '../object-key.ts';
import type { ListOptions, ObjectInfo } from '../object-store.ts';
import type { S3Requests } from './s3-requests.ts';

const PAGE_KEYS = 1000;

/** Pages of ListObjectsV2, each asked for when the one before is used up. `folder` is the store's prefix, `x/` or empty. */
export async function* listS3(
  requests: S3Requests,
  bucket: string,
  folder: string,
  prefix: string,
  { startAfter, limit = Infinity, signal }: ListOptions,
): AsyncGenerator<ObjectInfo> {
  let left = limit;
  let token: string | undefined;
  while (left > 0) {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: folder + prefix,
      MaxKeys: Math.min(PAGE_KEYS, left),
      // Keys may have characters that XML cannot hold.
      EncodingType: 'url',
      ...(token === undefined ? startAfter && { StartAfter: folder + startAfter } : { ContinuationToken: token }),
    });
    const page = await requests.run({ what: `listing "${prefix}"`, signal }, (attempt) =>
      requests.client.send(command, { abortSignal: attempt.signal }),
    );
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      const key = (page.EncodingType === 'url' ? decodeKey(Key ?? '') : (Key ?? '')).slice(folder.length);
      if (!isKey(key)) continue;
      yield { key, size: Size ?? 0, modifiedAt: LastModified?.getTime() ?? 0 };
      if (--left <= 0) return;
    }
    token = page.NextContinuationToken;
    if (!page.IsTruncated || token === undefined) return;
  }
}

/** AWS writes a space as `+`, others as `%20`; a real plus is `%2B` in both. */
const decodeKey = (encoded: string): string => decodeURIComponent(encoded.replaceAll('+', ' '));
