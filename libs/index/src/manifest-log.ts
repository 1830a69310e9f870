import { LRUCache } from 'lru-cache';
import { isQuarryError, notFound, QuarryError, type Clock } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { GroupRunner } from './group-runner.ts';
import type { IndexName } from './index-catalog.ts';
import { Boundary } from './boundary.ts';
import { newestVersion } from './newest-version.ts';
import { objectPaths } from './object-paths.ts';
import { decodeManifest, encodeManifest, type StoredManifest } from './stored-manifest.ts';

/** Where processes tell each other the newest version. Only ever a hint: lost, late and wrong ones cost requests. */
export interface VersionHints {
  get(key: string): Promise<number | undefined>;
  put(key: string, value: number): Promise<void>;
}

/** A newest version as this process last saw it. */
interface Known {
  readonly manifest: StoredManifest;
  /** When the request that showed it was sent, by both clocks: one stops while a machine sleeps, the other jumps. */
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * What was the newest version so short a time ago cannot have been collected since, nor anything after it (MAN-3's grace
 * period is far longer), so a 404 for the next number is proof enough. Beyond it the boundary is asked too.
 */
const TRUSTED_MS = 60_000;
/** Versions read one by one before listing is cheaper. */
const ROLL_STEPS = 4;
/** JSON of manifests kept: the newest of every index that is in use, and those that jobs are pinned to. */
const KEPT_NEWEST_BYTES = 32 * 2 ** 20;
const KEPT_VERSIONS_BYTES = 64 * 2 ** 20;

/**
 * The versions of every index: dense, immutable, one winner each (MAN-1). Reading finds the newest; `append` is the one
 * place where a version comes to be.
 */
export class ManifestLog {
  private readonly known = new LRUCache<string, Known>({ maxSize: KEPT_NEWEST_BYTES });
  private readonly versions = new LRUCache<string, StoredManifest>({ maxSize: KEPT_VERSIONS_BYTES });
  private readonly sizes = new WeakMap<StoredManifest, number>();
  private readonly boundary: Boundary;
  private readonly questions: GroupRunner<IndexName, StoredManifest | undefined>;

  constructor(
    private readonly store: ObjectStore,
    private readonly clock: Clock,
    private readonly hints?: VersionHints,
  ) {
    this.boundary = new Boundary(store);
    this.questions = new GroupRunner(async (_key, names) => {
      const value = await this.findNewest(names[0]!);
      return names.map(() => ({ status: 'fulfilled', value }));
    }, Infinity);
  }

  /** The newest version at some moment after the call; undefined when the index has never been. It may say dropped. */
  newest(name: IndexName): Promise<StoredManifest | undefined> {
    return this.questions.run(objectPaths(name).root, name);
  }

  /** A version that was the newest at most `maxAgeMs` ago, without asking anybody. */
  recent(name: IndexName, maxAgeMs: number): StoredManifest | undefined {
    const known = this.known.get(objectPaths(name).root);
    return known && this.ageMs(known) <= maxAgeMs ? known.manifest : undefined;
  }

  /** Undefined when there is no such version, or no longer. */
  async read(name: IndexName, version: number): Promise<StoredManifest | undefined> {
    const key = objectPaths(name).manifest(version);
    const kept = this.versions.get(key);
    if (kept) return kept;
    try {
      const bytes = await this.store.get(key);
      const manifest = decodeManifest(bytes, key, version);
      this.keep(key, manifest, bytes.length);
      return manifest;
    } catch (error) {
      if (isQuarryError(error) && error.code === 'object_not_found') return undefined;
      throw error;
    }
  }

  /** As `read`; `not-found` (`version_not_found`) instead of undefined. */
  async require(name: IndexName, version: number): Promise<StoredManifest> {
    const manifest = await this.read(name, version);
    if (manifest) return manifest;
    throw notFound(
      'version_not_found',
      `index "${name.index}" has no version ${version}: it was collected, or never made`,
      {
        index: name.index,
        version,
      },
    );
  }

  /**
   * Tries to make this the next version. True: it is one, and every later version builds on it. False: it is none, or
   * it has been one for so long that it was collected; either way, start over from the newest. When it throws the
   * outcome is unknown, and whoever starts over finds it out (JOB-4).
   */
  async append(name: IndexName, manifest: StoredManifest): Promise<boolean> {
    const paths = objectPaths(name);
    const key = paths.manifest(manifest.version);
    const bytes = encodeManifest(manifest);
    const asked = this.clocks();
    if (!(await this.store.putIfAbsent(key, bytes))) {
      // A lost answer looks like a lost race: the commit id tells them apart.
      const winner = await this.read(name, manifest.version);
      if (winner?.commit !== manifest.commit) return false;
    }
    // MAN-2: where old numbers are collected, a writer that slept can create one anew.
    if ((await this.boundary.read(name)) > manifest.version) {
      this.versions.delete(key);
      this.known.delete(paths.root);
      await this.store.deleteMany([key]);
      return false;
    }
    // Two collectors may have moved the boundary back for a moment. A number is only free again when the one before it
    // has gone; then this is either no version or an old one, and the newest will tell: it is not for us to delete.
    if (manifest.version > 1 && !(await this.store.head(paths.manifest(manifest.version - 1)))) {
      this.versions.delete(key);
      this.known.delete(paths.root);
      return false;
    }
    this.keep(key, manifest, bytes.length);
    this.remember(name, { manifest, ...asked });
    await this.publish(name, manifest.version);
    return true;
  }

  /** Newest versions this process has seen of a tenant's indexes, without asking anybody. */
  knownNames(tenant: string): string[] {
    const prefix = `${tenant}/`;
    const names = [...this.known.entries()].filter(
      ([root, known]) => root.startsWith(prefix) && !known.manifest.dropped,
    );
    return names.map(([root]) => root.slice(prefix.length, -1));
  }

  private async findNewest(name: IndexName): Promise<StoredManifest | undefined> {
    const asked = this.clocks();
    const known = this.known.get(objectPaths(name).root);
    const trusted = known !== undefined && this.ageMs(known) <= TRUSTED_MS;
    const from = trusted
      ? known.manifest
      : ((await this.hinted(name, known?.manifest.version ?? 0)) ?? known?.manifest);
    const manifest = from ? await this.rollForward(name, from, trusted) : await this.search(name, 0);
    if (manifest) this.remember(name, { manifest, ...asked });
    return manifest;
  }

  /** The hinted version if it is ahead of `version` and exists: one that is too high is no better than none. */
  private async hinted(name: IndexName, version: number): Promise<StoredManifest | undefined> {
    const hint = await this.hints?.get(hintKey(name)).catch(() => undefined);
    const usable = hint !== undefined && Number.isSafeInteger(hint) && hint > version;
    return usable ? this.read(name, hint) : undefined;
  }

  private async rollForward(
    name: IndexName,
    from: StoredManifest,
    trusted: boolean,
  ): Promise<StoredManifest | undefined> {
    let at = from;
    for (let step = 0; step < ROLL_STEPS; step++) {
      const next = await this.read(name, at.version + 1);
      if (next) {
        at = next;
        continue;
      }
      // The end of the log, unless what follows was collected. In this order: the boundary moves before it is deleted.
      if (trusted || (await this.boundary.read(name)) <= at.version) return at;
      return this.search(name, 0);
    }
    return this.search(name, at.version);
  }

  /** By listing what lies after `version` and not below the boundary. */
  private async search(name: IndexName, version: number): Promise<StoredManifest | undefined> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const boundary = await this.boundary.read(name);
      const newest = await newestVersion(this.store, name, Math.max(boundary - 1, version));
      if (newest === undefined) return version >= Math.max(boundary, 1) ? this.read(name, version) : undefined;
      const manifest = await this.read(name, newest);
      if (manifest) return manifest;
      // Collected between the two requests: there is a newer one.
    }
    throw new QuarryError(
      'unavailable',
      `the newest version of index "${name.index}" was collected 5 times while it was read`,
      {
        code: 'version_moving',
      },
    );
  }

  private keep(key: string, manifest: StoredManifest, size: number): void {
    this.versions.set(key, manifest, { size });
    this.sizes.set(manifest, size);
  }

  private remember(name: IndexName, seen: Known): void {
    const { root } = objectPaths(name);
    const known = this.known.get(root);
    if (known && known.manifest.version > seen.manifest.version) return;
    this.known.set(root, seen, { size: this.sizes.get(seen.manifest) ?? 1 });
  }

  private async publish(name: IndexName, version: number): Promise<void> {
    // Losing a hint costs its readers a request, failing a commit that happened would cost more.
    await this.hints?.put(hintKey(name), version).catch(() => undefined);
  }

  private clocks(): { monotonic: number; wall: number } {
    return { monotonic: this.clock.monotonic(), wall: this.clock.now() };
  }

  private ageMs(known: Known): number {
    return Math.max(this.clock.monotonic() - known.monotonic, this.clock.now() - known.wall);
  }
}

const hintKey = ({ tenant, index }: IndexName): string => `version/${tenant}/${index}`;
