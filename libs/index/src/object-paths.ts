import { crc32, encodeUtf8 } from '#libs/kernel';
import type { IndexName } from './index-catalog.ts';
import { checkIndexName, checkPathSegment, checkTenant } from './index-name.ts';

/** Digits of a version in a key: the order of the keys is the order of the versions. */
const VERSION_DIGITS = 20;
const padded = (version: number): string => String(version).padStart(VERSION_DIGITS, '0');

/**
 * Where everything of an index lies (DESIGN §4), below the prefix that the store is bound to. The only place that makes
 * object keys; names are checked here, so that a key always lies in its tenant's folder.
 */
export interface ObjectPaths {
  /** Ends with `/`, as the other folders do. */
  readonly root: string;
  readonly manifests: string;
  readonly segments: string;
  readonly deletes: string;
  readonly staging: string;
  /** The oldest version whose number may still be created (MAN-2). */
  readonly boundary: string;
  /** Touched by collectors: when it was modified is what time it is for the store. */
  readonly collector: string;
  manifest(version: number): string;
  segment(segment: string): string;
  /**
   * Unique by commit, not only by version: two committers that try for the same version write two objects, and the
   * loser's never replaces the winner's.
   */
  deletesOf(segment: string, version: number, commit: string): string;
  stagingOf(job: string, file: string): string;
}

export function objectPaths(name: IndexName): ObjectPaths {
  const { tenant, index } = checkIndexName(name);
  const root = `${tenant}/${index}/`;
  return {
    root,
    manifests: `${root}manifest/`,
    segments: `${root}segment/`,
    deletes: `${root}deletes/`,
    staging: `${root}staging/`,
    boundary: `${root}boundary`,
    collector: `${root}collector`,
    manifest: (version) => `${root}manifest/${padded(version)}.json`,
    segment: (segment) => `${root}segment/${hashPrefix(checkPathSegment(segment))}/${segment}.seg`,
    deletesOf: (segment, version, commit) =>
      `${root}deletes/${checkPathSegment(segment)}/${padded(version)}-${checkPathSegment(commit)}.del`,
    stagingOf: (job, file) =>
      `${root}staging/${checkPathSegment(job)}/${file.split('/').map(checkPathSegment).join('/')}`,
  };
}

/** The folder of all indexes of a tenant. */
export const tenantRoot = (tenant: string): string => `${checkTenant(tenant)}/`;

/** The version that a key of the manifest folder stands for; undefined for a foreign object. */
export function versionOfKey(key: string): number | undefined {
  const found = /\/manifest\/(\d{20})\.json$/.exec(key);
  return found ? Number(found[1]) : undefined;
}

/** The segment that a key of the segment folder stands for; undefined for a foreign object. */
export const segmentOfKey = (key: string): string | undefined =>
  /^[^/]+\/[^/]+\/segment\/[0-9a-f]{2}\/([^/]+)\.seg$/.exec(key)?.[1];

/** The version that a bitmap was made for; undefined for a foreign object. */
export function bitmapOfKey(key: string): number | undefined {
  const found = /^[^/]+\/[^/]+\/deletes\/[^/]+\/(\d{20})-[^/]+\.del$/.exec(key);
  return found ? Number(found[1]) : undefined;
}

/** The job that an object of the staging folder was put aside for; undefined for a foreign object: ids of jobs are ULIDs. */
export const jobOfStagingKey = (key: string): string | undefined =>
  /^[^/]+\/[^/]+\/staging\/([0-7][0-9A-HJKMNP-TV-Z]{25})\//.exec(key)?.[1];

/**
 * Segments and bitmaps: what a cache may keep for as long as it likes. Manifests do not change either, but a number that
 * was collected may be created anew for a moment (MAN-2), and must not be remembered.
 */
export const isImmutableKey = (key: string): boolean => /^[^/]+\/[^/]+\/(segment|deletes)\//.test(key);

/** Two hex digits: ULIDs begin with their time, and stores partition by the beginning of a key. */
function hashPrefix(id: string): string {
  return (crc32(encodeUtf8(id)) >>> 24).toString(16).padStart(2, '0');
}
