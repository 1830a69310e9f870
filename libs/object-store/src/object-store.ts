/**
 * The port to where the data lives. Deliberately small: what AWS S3, MinIO, Cloudflare R2, Ceph RGW and a local folder
 * all do the same way. No rename, no append, no If-Match (Ceph Pacific refuses a correct quoted ETag), no metadata.
 *
 * Keys are `/`-separated paths of 1–1024 UTF-8 bytes without empty, `.` or `..` segments and without a leading `/`;
 * any other key is `invalid` (`bad_key`), and so is a prefix or path that leads through such a segment; what a store
 * holds under such names (S3's `folder/` markers) is not listed. A folder cannot hold both the objects `a` and `a/b`:
 * there the later one is `bad_key`; do not make keys that are folders of other keys. Bodies handed in must not be changed afterwards; bodies handed out are the
 * caller's to read, not to write (they may live in a cache).
 *
 * Errors, for every method: `not-found` (`object_not_found`) the object does not exist; `unavailable`
 * (`store_unavailable`, or `disk_full`) the store is out of reach or has answered 5xx after its retries; `timeout`;
 * `overloaded` (`store_slow_down`); `cancelled` by the signal; `invalid` (`bad_key`, `access_denied`, and from a badly
 * configured S3 `bucket_not_found`, `wrong_region`, `store_rejected`).
 */
export interface ObjectStore {
  /** The whole object, or `range` of it. A range that passes the object's end is `invalid` (`bad_range`). */
  get(key: string, options?: GetOptions): Promise<Uint8Array>;

  /**
   * Several ranges of one object at once, in the order asked. Neighbours may be fetched in one request (see
   * `coalesceRanges`): the caller lists what it needs and leaves the number of requests to the store.
   */
  getRanges(key: string, ranges: readonly ByteRange[], options?: RequestOptions): Promise<Uint8Array[]>;

  /**
   * The object from `offset` to its end (or `length` bytes) in chunks, for what is too large to hold. Back-pressured. The
   * chunks are the reader's own, unlike other bodies: nobody else holds them, so they may change hands.
   * A range that ends exactly at the object's end with length Infinity is empty. `conflict` (`object_changed`) when
   * the object was replaced while it was read.
   */
  getStream(key: string, options?: GetOptions): AsyncIterable<Uint8Array>;

  /** Creates or replaces. When it resolves the body is durable; a reader sees the old body or the new, never a mix. */
  put(key: string, body: Uint8Array, options?: RequestOptions): Promise<void>;

  /**
   * Creates the object if there is none: true when this call created it, false when it exists already. Of any number of
   * concurrent calls exactly one is answered true. A retried request whose first answer was lost may be answered false
   * although it created: callers that must know compare the body.
   */
  putIfAbsent(key: string, body: Uint8Array, options?: RequestOptions): Promise<boolean>;

  /**
   * Creates or replaces from chunks of any size, holding at most a few parts in memory. Nothing is visible before it
   * resolves; a failed or cancelled upload leaves nothing that a listing shows. Resolves with the bytes written.
   */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>, options?: RequestOptions): Promise<{ bytes: number }>;

  /** Undefined when there is no such object. */
  head(key: string, options?: RequestOptions): Promise<ObjectInfo | undefined>;

  /**
   * Objects whose key starts with `prefix` (a plain string prefix), in the order of their keys' UTF-8 bytes, strictly
   * after `startAfter`. Pages are fetched as the iteration goes on.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;

  /** Deletes; keys that do not exist are no error. Fails when any could not be deleted. */
  deleteMany(keys: readonly string[], options?: RequestOptions): Promise<void>;

  /** Ends connections and timers. Calls under way may fail with `cancelled`. */
  close(): Promise<void>;
}

/** `offset` and `length` in bytes; `length` at least 1. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** What the call cost is added to it. */
  readonly stats?: AccessStats;
  /** Of `getRanges`: how many requests the ranges should become at most; for it, larger gaps are read over. */
  readonly maxRequests?: number;
  /** Called when a `get` has its first byte; adapters that do not know it do not call. */
  readonly onFirstByte?: () => void;
}

/** What reading cost, for receipts. The adapters add `gets` and `bytes`, the cache adds `cacheHits`. */
export interface AccessStats {
  /** Read requests (GET and HEAD) that were really made, retries and failures included. */
  gets: number;
  /** Body bytes that really came over, those between coalesced ranges included. */
  bytes: number;
  /** Ranges and objects that were answered without a request of their own. */
  cacheHits: number;
  /** Of `gets`, those that were made because an earlier one took long; absent for none. */
  hedges?: number;
}

export interface GetOptions extends RequestOptions {
  /** For `getStream`, `length` may be Infinity. */
  readonly range?: ByteRange;
}

export interface ListOptions extends RequestOptions {
  readonly startAfter?: string;
  /** Stop after so many objects. */
  readonly limit?: number;
}

export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  /** ms since 1970, by the store's clock; coarse (S3 has whole seconds). */
  readonly modifiedAt: number;
}
