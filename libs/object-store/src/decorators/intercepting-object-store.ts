import type { ByteRange, GetOptions, ListOptions, ObjectInfo, ObjectStore, RequestOptions } from '../object-store.ts';

export type StoreOperation =
  'get' | 'getRanges' | 'getStream' | 'put' | 'putIfAbsent' | 'putStream' | 'head' | 'list' | 'deleteMany';

/** A call on its way to the store below. */
export interface StoreCall {
  readonly operation: StoreOperation;
  /** One; of `deleteMany` all; of `list` the prefix. */
  readonly keys: readonly string[];
  readonly options: RequestOptions;
  /** Of the body written, where it is known before. */
  readonly bodyBytes?: number;
}

/**
 * Hands every call to the store below through one place. What answers with a promise goes through `around`, what
 * answers with a stream through `aroundStream`; both may do something before, after, again or instead.
 */
export abstract class InterceptingObjectStore implements ObjectStore {
  protected readonly below: ObjectStore;

  constructor(below: ObjectStore) {
    this.below = below;
  }

  protected abstract around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T>;
  protected abstract aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncIterable<T>;

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    const call = { operation: 'get', keys: [key], options } as const;
    return this.around(call, (passed) => this.below.get(key, { ...options, ...passed }));
  }

  async getRanges(key: string, ranges: readonly ByteRange[], options: RequestOptions = {}): Promise<Uint8Array[]> {
    const call = { operation: 'getRanges', keys: [key], options } as const;
    return this.around(call, (passed) => this.below.getRanges(key, ranges, passed));
  }

  getStream(key: string, options: GetOptions = {}): AsyncIterable<Uint8Array> {
    const call = { operation: 'getStream', keys: [key], options } as const;
    return this.aroundStream(call, (passed) => this.below.getStream(key, { ...options, ...passed }));
  }

  async put(key: string, body: Uint8Array, options: RequestOptions = {}): Promise<void> {
    const call = { operation: 'put', keys: [key], options, bodyBytes: body.length } as const;
    return this.around(call, (passed) => this.below.put(key, body, passed));
  }

  async putIfAbsent(key: string, body: Uint8Array, options: RequestOptions = {}): Promise<boolean> {
    const call = { operation: 'putIfAbsent', keys: [key], options, bodyBytes: body.length } as const;
    return this.around(call, (passed) => this.below.putIfAbsent(key, body, passed));
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: RequestOptions = {},
  ): Promise<{ bytes: number }> {
    const call = { operation: 'putStream', keys: [key], options } as const;
    return this.around(call, (passed) => this.below.putStream(key, chunks, passed));
  }

  async head(key: string, options: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    const call = { operation: 'head', keys: [key], options } as const;
    return this.around(call, (passed) => this.below.head(key, passed));
  }

  list(prefix: string, options: ListOptions = {}): AsyncIterable<ObjectInfo> {
    const call = { operation: 'list', keys: [prefix], options } as const;
    return this.aroundStream(call, (passed) => this.below.list(prefix, { ...options, ...passed }));
  }

  async deleteMany(keys: readonly string[], options: RequestOptions = {}): Promise<void> {
    const call = { operation: 'deleteMany', keys, options } as const;
    return this.around(call, (passed) => this.below.deleteMany(keys, passed));
  }

  async close(): Promise<void> {
    await this.below.close();
  }
}
