import { QuarryError } from '#libs/kernel';
import type { ObjectInfo, ObjectStore } from '#libs/object-store';
import type { Committer } from './committer.ts';
import { before } from './contained-job.ts';
import type { IndexName } from './index-catalog.ts';
import { keyBatches } from './key-batches.ts';
import type { ManifestLog } from './manifest-log.ts';
import { bitmapOfKey, jobOfStagingKey, objectPaths, segmentOfKey } from './object-paths.ts';
import { raiseBoundary } from './raise-boundary.ts';
import type { StoredManifest } from './stored-manifest.ts';
import { isOlder, storeTime } from './store-time.ts';
import { ulidTime } from './ulid-time.ts';
import { KEPT_JOBS, type Edit } from './version-draft.ts';

export interface CollectRequest {
  /** Nothing younger is touched, and a version that was superseded later can still be read. */
  readonly graceMs: number;
  /** When the oldest job was made that may still read or commit, ms since 1970; Infinity: there is none. */
  readonly oldestJobAt: number;
  /** Whether the job is remembered: then what was put aside for it is not ours. */
  readonly isKnownJob: (job: string) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** What a collection has deleted, in objects. */
export interface Collected {
  /** The oldest version that is left; 0 when there is none. */
  readonly boundary: number;
  readonly versions: number;
  readonly segments: number;
  readonly bitmaps: number;
  readonly staged: number;
  readonly bytes: number;
}

export interface CollectParts {
  readonly store: ObjectStore;
  readonly log: ManifestLog;
  readonly committer: Committer;
}

/** How far the clocks of gateways, workers and the store may lie apart. Also more than `containedJob` looks back. */
const CLOCK_SKEW_MS = 30 * 60_000;

/**
 * Deletes what no version needs (MAN-3, GC-1 … GC-3); may end at any moment and be begun again, and two may run at once.
 * In this order: the boundary moves, the versions below it go, then what only they named, then what nobody ever named, and
 * last what was put aside for jobs that nobody remembers.
 *
 * What the versions from the boundary on name is known without reading all of them: a segment that is not in the boundary's
 * version, and is older than every job that has committed since, has not been added since. And a bitmap's name says which
 * version it was made for.
 */
export class GarbageCollection {
  private segments = 0;
  private bitmaps = 0;
  private versions = 0;
  private staged = 0;
  private bytes = 0;

  constructor(
    private readonly parts: CollectParts,
    private readonly name: IndexName,
    private readonly request: CollectRequest,
  ) {}

  async run(): Promise<Collected> {
    const { store } = this.parts;
    const { graceMs, oldestJobAt } = this.request;
    if (!(await this.isOurs())) return NOTHING;
    const old = (await storeTime(store, this.name)) - graceMs;
    const horizon = Math.min(old, oldestJobAt - CLOCK_SKEW_MS);
    const raised = await raiseBoundary(store, this.name, horizon);
    if (raised) {
      // Ascending, so that versions stay dense wherever it stops.
      this.versions += await this.delete(raised.below.filter((info) => isOlder(info, old)));
      this.segments += await this.delete(await this.orphans(raised.manifest, horizon));
      this.bitmaps += await this.delete(this.oldBitmaps(raised.manifest, horizon));
    }
    await this.collectStaging(old);
    const { versions, segments, bitmaps, staged, bytes } = this;
    return { boundary: raised?.manifest.version ?? 0, versions, segments, bitmaps, staged, bytes };
  }

  /** A bucket may have folders of others that look like an index from afar: nothing is written there, or deleted. */
  private async isOurs(): Promise<boolean> {
    if (await this.parts.log.newest(this.name)) return true;
    for await (const { key } of this.parts.store.list(objectPaths(this.name).staging)) {
      if (jobOfStagingKey(key) !== undefined) return true;
    }
    return false;
  }

  /**
   * GC-1, GC-2: the segments that no version names and none can come to name. Before the first is given up a version says
   * so; then all is looked at again in the light of that version, since others may have committed before it.
   */
  private async orphans(boundary: StoredManifest, horizon: number): Promise<ObjectInfo[]> {
    let newest = (await this.parts.log.newest(this.name))!;
    let limit = Math.min(horizon, await this.oldestCommittedSince(boundary, newest));
    const found = await this.unnamed(boundary, newest, limit);
    if (found.every(({ key }) => ulidTime(segmentOfKey(key)!)! < (newest.collectedBefore ?? 0))) return found;
    const fenced = await this.parts.committer.run(this.name, fenceEdit(limit));
    newest = await this.parts.log.require(this.name, fenced);
    limit = Math.min(limit, await this.oldestCommittedSince(boundary, newest));
    const named = segmentIds(newest);
    return found.filter((info) => !named.has(segmentOfKey(info.key)!) && isMadeBefore(info, limit));
  }

  private async unnamed(boundary: StoredManifest, newest: StoredManifest, limit: number): Promise<ObjectInfo[]> {
    const named = new Set([...segmentIds(boundary), ...segmentIds(newest)]);
    const found: ObjectInfo[] = [];
    for await (const info of this.parts.store.list(objectPaths(this.name).segments)) {
      const id = segmentOfKey(info.key);
      if (id !== undefined && !named.has(id) && isMadeBefore(info, limit)) found.push(info);
    }
    return found;
  }

  /** When the oldest job was made of those that a version after `boundary` was the first to contain. */
  private async oldestCommittedSince(boundary: StoredManifest, newest: StoredManifest): Promise<number> {
    let oldest = Infinity;
    let at: StoredManifest | undefined = newest;
    while (at) {
      const since = at.jobs.filter(({ version }) => version > boundary.version);
      for (const { id } of since) oldest = Math.min(oldest, (ulidTime(id) ?? -Infinity) - CLOCK_SKEW_MS);
      // All of them, or never cut.
      if (since.length < at.jobs.length || at.jobs.length < KEPT_JOBS) return oldest;
      at = await before(this.parts.log, this.name, at);
    }
    // Another collector has moved on; what it left is found next time.
    return -Infinity;
  }

  /**
   * GC-3: a bitmap that was made for a version up to the boundary's, and that this one does not name, will never be named: its
   * commit lost, or was superseded. Those for later versions wait until the boundary has passed them.
   */
  private async *oldBitmaps(boundary: StoredManifest, horizon: number): AsyncGenerator<ObjectInfo> {
    const named = new Set(boundary.segments.map(({ deletes }) => deletes?.key));
    for await (const info of this.parts.store.list(objectPaths(this.name).deletes)) {
      const version = bitmapOfKey(info.key);
      if (version === undefined || version > boundary.version) continue;
      if (!named.has(info.key) && isOlder(info, horizon)) yield info;
    }
  }

  /** Folder by folder: of a job that is forgotten, once the youngest of it is old. */
  private async collectStaging(old: number): Promise<void> {
    let job: string | undefined;
    let objects: ObjectInfo[] = [];
    const settle = async (): Promise<void> => {
      if (job === undefined || !objects.every((info) => isOlder(info, old))) return;
      if (!(await this.request.isKnownJob(job))) this.staged += await this.delete(objects);
    };
    for await (const info of this.parts.store.list(objectPaths(this.name).staging)) {
      const owner = jobOfStagingKey(info.key);
      if (owner === job) objects.push(info);
      else {
        await settle();
        job = owner;
        objects = [info];
      }
    }
    await settle();
  }

  private async delete(objects: AsyncIterable<ObjectInfo> | Iterable<ObjectInfo>): Promise<number> {
    let deleted = 0;
    for await (const keys of keyBatches(this.counted(objects))) {
      if (this.request.signal.aborted) throw new QuarryError('cancelled', 'the collection was cancelled');
      await this.parts.store.deleteMany(keys);
      deleted += keys.length;
    }
    return deleted;
  }

  private async *counted(objects: AsyncIterable<ObjectInfo> | Iterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
    for await (const info of objects) {
      this.bytes += info.size;
      yield info;
    }
  }
}

const NOTHING: Collected = { boundary: 0, versions: 0, segments: 0, bitmaps: 0, staged: 0, bytes: 0 };

const segmentIds = ({ segments }: StoredManifest): Set<string> => new Set(segments.map(({ id }) => id));

/** By the clock of the store and by that of the worker who named it: either may be behind. */
function isMadeBefore(info: ObjectInfo, limit: number): boolean {
  const madeAt = ulidTime(segmentOfKey(info.key)!);
  // What is not named by a ULID was put there by somebody else.
  return madeAt !== undefined && madeAt < limit && isOlder(info, limit);
}

/** GC-2: the version that says which segments are given up. Answers its number. */
function fenceEdit(collectedBefore: number): Edit<number> {
  const wanted = Math.ceil(collectedBefore);
  return async (draft) =>
    (draft.collectedBefore ?? 0) >= wanted
      ? { draft, answer: (manifest) => manifest!.version }
      : { draft: { ...draft, collectedBefore: wanted }, answer: () => draft.version };
}
