import pLimit from 'p-limit';
import { QuarryError, type Clock, type Ids, type Random } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { FieldSpec } from '#libs/segment';
import { changeEdit } from './change-edit.ts';
import { GarbageCollection, type Collected, type CollectRequest } from './collect-garbage.ts';
import { Committer } from './committer.ts';
import { deletionEdit } from './deletion-edit.ts';
import { deleteDataOf } from './drop-index.ts';
import type {
  Change,
  Deleted,
  Deletion,
  IndexCatalog,
  IndexDefinition,
  IndexName,
  OpenOptions,
  Replaced,
  Replacement,
  SnapshotOptions,
} from './index-catalog.ts';
import { indexFolders, tenantFolders } from './list-indexes.ts';
import { ManifestLog, type VersionHints } from './manifest-log.ts';
import type { CommittedJob, Manifest, SegmentEntry } from './manifest.ts';
import { missingIndex } from './missing-index.ts';
import { objectPaths } from './object-paths.ts';
import type { OpenedSegment } from './opened-segment.ts';
import { replaceEdit } from './replace-edit.ts';
import { createEdit, dropEdit, schemaEdit } from './schema-edits.ts';
import { SegmentOpener } from './segment-opener.ts';

export interface IndexCatalogParts {
  /** Bound to the prefix of the installation. Must not cache: manifests are looked for before they exist. */
  readonly store: ObjectStore;
  /** The same store behind a cache, for segments and bitmaps, which never change. Default: `store`. */
  readonly cachedStore?: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly hints?: VersionHints;
  /** How long a request with `minVersion` waits for it. Default 5,000. */
  readonly minVersionWaitMs?: number;
  /** Bytes of opened segments' footers kept, and of deletes: of each; see SegmentOpener. */
  readonly keptBytes?: number;
}

const DEFAULT_STALENESS_MS = 5_000;
const DEFAULT_MIN_VERSION_WAIT_MS = 5_000;
const ROLL_AGAIN_MS = 100;
const REQUESTS_AT_ONCE = 16;

/** The catalog over any ObjectStore (DESIGN §4). One for each process; any number of processes at once. */
export class ObjectStoreIndexCatalog implements IndexCatalog {
  private readonly log: ManifestLog;
  private readonly committer: Committer;
  private readonly opener: SegmentOpener;

  constructor(private readonly parts: IndexCatalogParts) {
    const { store, cachedStore = store, clock, hints } = parts;
    this.log = new ManifestLog(store, clock, hints);
    this.committer = new Committer({ ...parts, log: this.log });
    this.opener = new SegmentOpener(cachedStore, parts.keptBytes);
  }

  async create(name: IndexName, definition: IndexDefinition): Promise<Manifest> {
    return this.committer.run(name, createEdit(name, definition));
  }

  async list(tenant: string): Promise<{ index: string; manifest: Manifest }[]> {
    const limit = pLimit(REQUESTS_AT_ONCE);
    const found: Promise<{ index: string; manifest: Manifest | undefined }>[] = [];
    for await (const index of indexFolders(this.parts.store, tenant)) {
      found.push(limit(async () => ({ index, manifest: await this.log.newest({ tenant, index }) })));
    }
    const all = await Promise.all(found);
    return all.flatMap(({ index, manifest }) => (manifest && !manifest.dropped ? [{ index, manifest }] : []));
  }

  async *names(): AsyncGenerator<IndexName> {
    for await (const tenant of tenantFolders(this.parts.store)) {
      for await (const index of indexFolders(this.parts.store, tenant)) yield { tenant, index };
    }
  }

  newest(name: IndexName): Promise<Manifest | undefined> {
    return this.log.newest(name);
  }

  async drop(name: IndexName): Promise<void> {
    const { store } = this.parts;
    const dropped = await this.committer.run(name, dropEdit);
    const tombstone = dropped ?? (await this.log.newest(name));
    const leftovers = tombstone?.dropped ? await deleteDataOf(store, this.log, name, tombstone) : 0;
    if (!dropped && leftovers === 0) throw await this.missing(name);
  }

  async snapshot(name: IndexName, options: SnapshotOptions): Promise<Manifest> {
    const { consistency, maxStalenessMs = DEFAULT_STALENESS_MS, minVersion = 0 } = options;
    const recent = consistency === 'eventual' ? this.log.recent(name, maxStalenessMs) : undefined;
    let manifest: Manifest | undefined = recent && recent.version >= minVersion ? recent : await this.log.newest(name);
    if (manifest && manifest.version < minVersion) manifest = await this.reach(name, minVersion);
    if (!manifest || manifest.dropped) throw await this.missing(name);
    return manifest;
  }

  async version(name: IndexName, version: number): Promise<Manifest> {
    return this.log.require(name, version);
  }

  async extendSchema(name: IndexName, fields: Readonly<Record<string, FieldSpec>>): Promise<Manifest> {
    return this.committer.run(
      name,
      schemaEdit(fields, () => this.missing(name)),
    );
  }

  async commit(name: IndexName, change: Change): Promise<CommittedJob> {
    const { clock } = this.parts;
    const { log, opener } = this;
    const missing = () => this.missing(name);
    return this.committer.run(name, changeEdit({ log, opener, clock, missing }, name, change));
  }

  async replace(name: IndexName, replacement: Replacement): Promise<Replaced> {
    return this.committer.run(name, replaceEdit({ log: this.log, opener: this.opener }, name, replacement));
  }

  async deleteDocs(name: IndexName, deletion: Deletion): Promise<Deleted> {
    const { clock } = this.parts;
    const { log, opener } = this;
    const missing = () => this.missing(name);
    return this.committer.run(name, deletionEdit({ log, opener, clock, missing }, name, deletion));
  }

  async collect(name: IndexName, request: CollectRequest): Promise<Collected> {
    const { store } = this.parts;
    return new GarbageCollection({ store, log: this.log, committer: this.committer }, name, request).run();
  }

  segmentKey(name: IndexName, segment: string): string {
    return objectPaths(name).segment(segment);
  }

  stagingKey(name: IndexName, job: string, file: string): string {
    return objectPaths(name).stagingOf(job, file);
  }

  async open(entries: readonly SegmentEntry[], options: OpenOptions = {}): Promise<OpenedSegment[]> {
    const limit = pLimit(REQUESTS_AT_ONCE);
    return Promise.all(entries.map((entry) => limit(() => this.opener.open(entry, options))));
  }

  async openOne(entry: SegmentEntry, options: OpenOptions = {}): Promise<OpenedSegment> {
    return this.opener.open(entry, options);
  }

  async openUncached(entry: SegmentEntry, options: OpenOptions = {}): Promise<OpenedSegment> {
    return new SegmentOpener(this.parts.store).open(entry, options);
  }

  private missing(name: IndexName): Promise<QuarryError> {
    return missingIndex(this.parts.store, this.log, name);
  }

  /** Rolls forward until the version is there: another process has told its client of it, so it cannot be far. */
  private async reach(name: IndexName, minVersion: number): Promise<Manifest | undefined> {
    const { clock, minVersionWaitMs = DEFAULT_MIN_VERSION_WAIT_MS } = this.parts;
    const deadline = clock.monotonic() + minVersionWaitMs;
    for (;;) {
      const manifest = await this.log.newest(name);
      if (!manifest || manifest.version >= minVersion) return manifest;
      const leftMs = deadline - clock.monotonic();
      if (leftMs <= 0) {
        throw new QuarryError(
          'timeout',
          `index "${name.index}" is at version ${manifest.version} and did not reach minVersion ${minVersion} within ${minVersionWaitMs} ms`,
          { code: 'version_not_reached', details: { index: name.index, version: manifest.version, minVersion } },
        );
      }
      await clock.sleep(Math.min(ROLL_AGAIN_MS, leftMs));
    }
  }
}
