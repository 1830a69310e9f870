import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, encodeUtf8, type Random, systemRandom } from '#libs/kernel';
import type { ByteRange } from '../object-store.ts';
import { entryHead, HEAD_BYTES, isEntry } from './disk-cache-entry.ts';
import { evictOldest, FULL_SHARE, TEMPORARY } from './evict-oldest.ts';

export interface DiskCacheFolderOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Names the files that are being written. */
  readonly random?: Random;
  readonly onTrouble?: (error: unknown) => void;
  /** Of `node:fs/promises`; a test gives one whose disk is full. */
  readonly open?: typeof open;
}

/** A file's time is its last use, to a minute: setting it each time would cost as much as reading. */
const TOUCH_AFTER_MS = 60_000;
/** So long nothing is written after the disk has refused. */
const PAUSE_MS = 60_000;
/** After writing this share of the bound, the folder is looked through again. */
const LOOK_SHARE = 1 / 20;

/**
 * The files of a disk cache: `<2 hex digits>/<hash of the key>/<range>`, one body each. Files appear by rename, whole, and
 * carry a checksum, so that neither a process that dies nor a disk that lies can make a wrong body of them. There is no
 * lock and no index: every process may write, and delete what was used least lately, at any time.
 */
export class DiskCacheFolder {
  damaged = 0;
  /** Of the files at the last look, and what was written since. */
  bytes = 0;
  private writtenSinceLook = Infinity;
  private looking: Promise<void> | undefined;
  private pausedUntil = -Infinity;
  private told = false;
  private readonly open: typeof open;

  constructor(private readonly options: DiskCacheFolderOptions) {
    this.open = options.open ?? open;
  }

  /** The body, alone in its buffer; undefined when it is not there, or not as it was written. */
  async read(key: string, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    const path = this.pathOf(key, range);
    let handle: FileHandle;
    try {
      handle = await this.open(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.trouble(error);
      return undefined;
    }
    try {
      const id = idOf(key, range);
      const { size, mtimeMs } = await handle.stat();
      const head = new Uint8Array(HEAD_BYTES + encodeUtf8(id).length);
      const length = size - head.length;
      if (length >= 0 && (!range || length === range.length)) {
        const body = new Uint8Array(length);
        const { bytesRead } = await handle.readv([head, body], 0);
        if (bytesRead === size && isEntry(id, head, body)) {
          await this.touch(handle, mtimeMs);
          return body;
        }
      }
    } catch (error) {
      this.trouble(error);
      return undefined;
    } finally {
      await handle.close().catch(() => undefined);
    }
    this.damaged++;
    await unlink(path).catch(() => undefined);
    return undefined;
  }

  /** Never rejects. @param isStale asked at the last moment: true keeps nothing */
  async write(key: string, range: ByteRange | undefined, body: Uint8Array, isStale: () => boolean): Promise<void> {
    const { clock, folder, maxBytes, random = systemRandom } = this.options;
    if (clock.monotonic() < this.pausedUntil) return;
    const path = this.pathOf(key, range);
    const temporary = join(folder, TEMPORARY, Buffer.from(random.bytes(16)).toString('hex'));
    try {
      await this.makeRoom(maxBytes);
      // Files that cannot be deleted leave no room.
      if (this.bytes + body.length > maxBytes) return;
      const head = entryHead(idOf(key, range), body);
      await this.writeTemporary(temporary, head, body);
      await mkdir(dirname(path), { recursive: true });
      if (!isStale()) await rename(temporary, path);
      else await unlink(temporary);
      if (isStale()) await unlink(path).catch(() => undefined);
      this.bytes += head.length + body.length;
      this.writtenSinceLook += head.length + body.length;
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      // Another process deleted the folder between two steps: the body is not kept, and that is all.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.pausedUntil = clock.monotonic() + PAUSE_MS;
      this.trouble(error);
    }
  }

  /** Everything of one object. */
  async forget(key: string): Promise<void> {
    // Tried again where another process writes an entry between two steps of it.
    const path = this.folderOf(key);
    await rm(path, { recursive: true, force: true, maxRetries: 10 }).catch((error: unknown) => this.trouble(error));
  }

  private async writeTemporary(temporary: string, head: Uint8Array, body: Uint8Array): Promise<void> {
    const create = (): Promise<FileHandle> => this.open(temporary, 'wx');
    const handle = await create().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await mkdir(dirname(temporary), { recursive: true });
      return create();
    });
    try {
      const { bytesWritten } = await handle.writev([head, body]);
      if (bytesWritten < head.length + body.length)
        throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    } finally {
      await handle.close();
    }
  }

  /** Looks through the folder when so much was written that the bound may be near; one look at a time. */
  private async makeRoom(maxBytes: number): Promise<void> {
    if (this.bytes <= maxBytes * FULL_SHARE && this.writtenSinceLook < maxBytes * LOOK_SHARE) return;
    this.looking ??= evictOldest(this.options)
      .then((bytes) => {
        this.bytes = bytes;
        this.writtenSinceLook = 0;
      })
      .finally(() => {
        this.looking = undefined;
      });
    await this.looking;
  }

  private async touch(handle: FileHandle, mtimeMs: number): Promise<void> {
    const now = this.options.clock.now();
    if (now - mtimeMs < TOUCH_AFTER_MS) return;
    // Where it may not be done, the file merely looks older than it is.
    await handle.utimes(now / 1000, now / 1000).catch(() => undefined);
  }

  private trouble(error: unknown): void {
    if (this.told) return;
    this.told = true;
    this.options.onTrouble?.(error);
  }

  private folderOf(key: string): string {
    const hash = createHash('sha256').update(key).digest('hex').slice(0, 40);
    return join(this.options.folder, hash.slice(0, 2), hash.slice(2));
  }

  private pathOf(key: string, range: ByteRange | undefined): string {
    return join(this.folderOf(key), range ? `${range.offset}+${range.length}` : 'whole');
  }
}

const idOf = (key: string, range: ByteRange | undefined): string =>
  `${range ? `${range.offset}+${range.length}` : 'whole'} ${key}`;
