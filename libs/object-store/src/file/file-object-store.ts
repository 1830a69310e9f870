import { constants } from 'node:fs';
import { link, open, rename, rm, rmdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, invalid, QuarryError, type Random, systemClock, systemRandom } from '#libs/kernel';
import { cancellableChunks } from '../cancellable-chunks.ts';
import { fetchCoalesced, LOCAL_COALESCING } from '../coalesce-ranges.ts';
import { checkPrefix } from '../object-key.ts';
import type { ByteRange, GetOptions, ListOptions, ObjectInfo, ObjectStore, RequestOptions } from '../object-store.ts';
import { badRange, checkRange, objectNotFound, streamBounds, throwIfCancelled } from '../store-errors.ts';
import { ConfinedPaths, syncFolder } from './confined-paths.ts';
import { errnoOf, fromFileSystem, isAbsent } from './file-errors.ts';
import { listFiles } from './file-listing.ts';
import { TemporaryFiles } from './temporary-files.ts';

export interface FileObjectStoreOptions {
  /** The folder; made by the first write. `/` is legal: keys are then absolute paths without the leading slash. */
  readonly root: string;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Nothing is ever created or deleted; writes are `invalid` (`access_denied`). For folders of users. */
  readonly readOnly?: boolean;
}

const STREAM_CHUNK_BYTES = 256 * 1024;
/** A folder that others empty and remove may vanish between its making and the rename into it; then again. */
const PUBLISH_ATTEMPTS = 20;

/**
 * Objects as files of a folder; the key is the path. Any number of processes may use one folder, on a file system
 * with hard links (every local one, NFS).
 *
 * FILE-2: an object appears, whole and durable, in one step: its bytes are written to a temporary file and synced, then the
 * file is renamed (`put`) or linked (`putIfAbsent`: link(2) is atomic and fails when the name exists), then the folder is
 * synced. A crash leaves at most a temporary file, which the next process removes.
 */
export class FileObjectStore implements ObjectStore {
  private readonly paths: ConfinedPaths;
  private readonly temporaryFiles: TemporaryFiles;
  private readonly readOnly: boolean;

  constructor(options: FileObjectStoreOptions) {
    this.paths = new ConfinedPaths(options.root);
    this.temporaryFiles = new TemporaryFiles(this.paths, options.clock ?? systemClock, options.random ?? systemRandom);
    this.readOnly = options.readOnly ?? false;
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    const { range } = options;
    if (range) checkRange(key, range);
    return this.withFile(key, options, async (handle, size) => {
      if (range) checkRange(key, range, size);
      return read(handle, key, range ?? { offset: 0, length: size }, options);
    });
  }

  async getRanges(key: string, ranges: readonly ByteRange[], options: RequestOptions = {}): Promise<Uint8Array[]> {
    for (const range of ranges) checkRange(key, range);
    if (ranges.length === 0) {
      this.paths.of(key);
      return [];
    }
    return this.withFile(key, options, async (handle, size) => {
      for (const range of ranges) checkRange(key, range, size);
      return fetchCoalesced(ranges, LOCAL_COALESCING, (range) => read(handle, key, range, options));
    });
  }

  async *getStream(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    const handle = await this.openFile(key, options);
    try {
      const { offset, end } = streamBounds(key, options.range, (await handle.stat()).size);
      for (let at = offset; at < end; at += STREAM_CHUNK_BYTES)
        yield await read(handle, key, { offset: at, length: Math.min(STREAM_CHUNK_BYTES, end - at) }, options);
    } catch (error) {
      throw fromFileSystem(error, key);
    } finally {
      await handle.close();
    }
  }

  async put(key: string, body: Uint8Array, options: RequestOptions = {}): Promise<void> {
    await this.write(key, once(body), options, (temporary, path) => rename(temporary, path));
  }

  async putIfAbsent(key: string, body: Uint8Array, options: RequestOptions = {}): Promise<boolean> {
    try {
      await this.write(key, once(body), options, async (temporary, path) => {
        await link(temporary, path);
        await unlink(temporary);
      });
      return true;
    } catch (error) {
      const errno = errnoOfLink(error);
      if (errno === 'EEXIST') {
        if (await this.isFolder(key)) throw isAFolder(key);
        return false;
      }
      if (errno === 'EPERM' || errno === 'ENOTSUP' || errno === 'ENOSYS')
        throw new QuarryError(
          'invalid',
          `the file system of "${this.paths.root}" has no hard links, which create-if-absent needs; use another one`,
          { code: 'conditional_writes_unsupported', cause: error },
        );
      throw error;
    }
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: RequestOptions = {},
  ): Promise<{ bytes: number }> {
    const bytes = await this.write(key, chunks, options, (temporary, path) => rename(temporary, path));
    return { bytes };
  }

  async head(key: string, options: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    const path = this.paths.of(key);
    throwIfCancelled(options.signal, `looking at "${key}"`);
    if (options.stats) options.stats.gets++;
    try {
      const stats = await stat(await this.paths.confined(path));
      return stats.isFile() ? { key, size: stats.size, modifiedAt: Math.floor(stats.mtimeMs) } : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw fromFileSystem(error, key);
    }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    let left = options.limit ?? Infinity;
    if (left <= 0) return;
    const { startAfter, signal } = options;
    for await (const info of listFiles(this.paths, { prefix, startAfter, signal })) {
      yield info;
      if (--left <= 0) return;
    }
  }

  async deleteMany(keys: readonly string[], options: RequestOptions = {}): Promise<void> {
    const paths = keys.map((key) => this.paths.of(key));
    this.checkWritable('deleting');
    for (const [i, path] of paths.entries()) {
      throwIfCancelled(options.signal, 'deleting');
      const key = keys[i]!;
      try {
        // The object is the name, so a link is removed itself; the folder it lies in must be ours.
        await this.paths.confined(dirname(path));
        await unlink(path);
        await this.removeEmptyFolders(dirname(path));
      } catch (error) {
        const isNoObject = isAbsent(error) || errnoOf(error) === 'EISDIR';
        if (!isNoObject) throw fromFileSystem(error, key);
      }
    }
  }

  async close(): Promise<void> {
    await this.temporaryFiles.close();
  }

  private async withFile<T>(
    key: string,
    options: RequestOptions,
    work: (handle: FileHandle, size: number) => Promise<T>,
  ): Promise<T> {
    const handle = await this.openFile(key, options);
    try {
      return await work(handle, (await handle.stat()).size);
    } catch (error) {
      throw fromFileSystem(error, key);
    } finally {
      await handle.close();
    }
  }

  private async openFile(key: string, options: RequestOptions): Promise<FileHandle> {
    const path = this.paths.of(key);
    throwIfCancelled(options.signal, `reading "${key}"`);
    let handle: FileHandle;
    try {
      // Without O_NONBLOCK a named pipe would hold a thread of the pool until somebody writes to it.
      handle = await open(await this.paths.confined(path), constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (isAbsent(error) || errnoOf(error) === 'ENXIO') throw objectNotFound(key);
      throw fromFileSystem(error, key);
    }
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    throw objectNotFound(key);
  }

  /** Writes a temporary file and lets `publish` give it its name. Resolves with the bytes written. */
  private async write(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: RequestOptions,
    publish: (temporary: string, path: string) => Promise<void>,
  ): Promise<number> {
    const path = this.paths.of(key);
    this.checkWritable(`writing "${key}"`);
    throwIfCancelled(options.signal, `writing "${key}"`);
    const temporary = await this.temporaryFiles.create().catch((error: unknown) => {
      throw fromFileSystem(error, key);
    });
    try {
      const bytes = await fill(temporary.handle, cancellableChunks(chunks, options.signal, `writing "${key}"`));
      throwIfCancelled(options.signal, `writing "${key}"`);
      await this.publishDurably(temporary.path, path, publish);
      return bytes;
    } catch (error) {
      await rm(temporary.path, { force: true });
      if (error instanceof SourceFailure) throw error.cause;
      const errno = errnoOf(error);
      if (errno === 'ENOTDIR')
        throw invalid('bad_key', `the key "${key}" leads through an object as if it were a folder`);
      if (errno === 'EISDIR' || errno === 'ENOTEMPTY') throw isAFolder(key);
      throw fromFileSystem(error, key);
    }
  }

  private async publishDurably(
    temporary: string,
    path: string,
    publish: (temporary: string, path: string) => Promise<void>,
  ): Promise<void> {
    const folder = dirname(path);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.paths.makeFolder(folder);
        await publish(temporary, path);
        break;
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT' || attempt >= PUBLISH_ATTEMPTS) throw error;
      }
    }
    try {
      await syncFolder(folder);
    } catch (error) {
      // Somebody has deleted the object, and its folder with it, already.
      if (!isAbsent(error)) throw error;
    }
  }

  /** Folders exist only for the objects in them. One that is being filled again is not empty, or its writer makes it anew. */
  private async removeEmptyFolders(folder: string): Promise<void> {
    let empty = folder;
    while (empty.length > this.paths.root.length) {
      try {
        await rmdir(empty);
      } catch {
        return;
      }
      empty = dirname(empty);
    }
  }

  private async isFolder(key: string): Promise<boolean> {
    try {
      return (await stat(this.paths.of(key))).isDirectory();
    } catch {
      return false;
    }
  }

  private checkWritable(what: string): void {
    if (this.readOnly)
      throw invalid('access_denied', `${what} is not allowed: the store on "${this.paths.root}" is read-only`);
  }
}

/** The errno of link(2), if that is what failed. */
function errnoOfLink(error: unknown): string | undefined {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.syscall === 'link' ? cause.code : undefined;
}

const isAFolder = (key: string): QuarryError =>
  invalid('bad_key', `the key "${key}" is a folder of other objects here, so it cannot be an object`, { key });

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** Carries what the caller's own stream threw past the translation of file system errors. */
class SourceFailure extends Error {}

async function* marked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    throw new SourceFailure('the source of a stream failed', { cause });
  }
}

/** Writes, syncs and closes. */
async function fill(handle: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  try {
    for await (const chunk of marked(chunks)) {
      let written = 0;
      while (written < chunk.length)
        written += (await handle.write(chunk, written, chunk.length - written)).bytesWritten;
      bytes += written;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return bytes;
}

/** Exactly `range`, in a buffer of its own. Shorter only when the file was cut under us: `bad_range`. */
async function read(handle: FileHandle, key: string, range: ByteRange, options: RequestOptions): Promise<Uint8Array> {
  throwIfCancelled(options.signal, `reading "${key}"`);
  const bytes = new Uint8Array(range.length);
  let filled = 0;
  while (filled < range.length) {
    const { bytesRead } = await handle.read(bytes, filled, range.length - filled, range.offset + filled);
    if (bytesRead === 0) throw badRange(key, range, range.offset + filled);
    filled += bytesRead;
  }
  if (options.stats) {
    options.stats.gets++;
    options.stats.bytes += filled;
  }
  return bytes;
}
