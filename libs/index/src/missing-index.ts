import { distance } from 'fastest-levenshtein';
import { notFound, type QuarryError } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { IndexName } from './index-catalog.ts';
import { indexFolders } from './list-indexes.ts';
import type { ManifestLog } from './manifest-log.ts';

/** Requests that a suggestion may cost. */
const LOOKED_AT = 20;

/** `not-found` (`index_not_found`), with the nearest name among what this process knows and the first few folders. */
export async function missingIndex(store: ObjectStore, log: ManifestLog, name: IndexName): Promise<QuarryError> {
  const nearest = await suggestion(store, log, name).catch(() => undefined);
  return notFound(
    'index_not_found',
    `index "${name.index}" does not exist${nearest === undefined ? '; make it with PUT /v1/indexes/{index}' : `; did you mean "${nearest}"?`}`,
    { index: name.index, ...(nearest !== undefined && { suggestion: nearest }) },
  );
}

async function suggestion(
  store: ObjectStore,
  log: ManifestLog,
  { tenant, index }: IndexName,
): Promise<string | undefined> {
  const names = new Set(log.knownNames(tenant));
  let looked = 0;
  for await (const folder of indexFolders(store, tenant)) {
    names.add(folder);
    if (++looked === LOOKED_AT) break;
  }
  names.delete(index);
  // A third of the letters may be wrong; beyond that it is another word.
  const near = [...names]
    .map((candidate) => ({ candidate, edits: distance(candidate, index) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.max(candidate.length, index.length) / 3))
    .toSorted((a, b) => a.edits - b.edits);
  for (const { candidate } of near.slice(0, 3)) {
    const manifest = await log.newest({ tenant, index: candidate });
    if (manifest && !manifest.dropped) return candidate;
  }
  return undefined;
}
