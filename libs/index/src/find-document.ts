import { compareCodePoints } from '#libs/kernel';
import { isDeleted } from '#libs/segment';
import type { IndexCatalog, IndexName } from './index-catalog.ts';

export interface FoundDocument {
  /** JSON, UTF-8, as it was added. */
  readonly source: Uint8Array;
  /** The version it was found in. */
  readonly version: number;
}

/** The document of the newest version that has this `_id`; undefined when there is none. Reads a few blocks, no job. */
export async function findDocument(
  catalog: IndexCatalog,
  name: IndexName,
  id: string,
): Promise<FoundDocument | undefined> {
  const manifest = await catalog.snapshot(name, { consistency: 'strong' });
  const possible = manifest.segments.filter(
    ({ minId, maxId }) => compareCodePoints(minId, id) <= 0 && compareCodePoints(id, maxId) <= 0,
  );
  for (const { reader, deleted } of await catalog.open(possible)) {
    const wave = reader.wave();
    const docs = wave.docsById([id]);
    await wave.flush();
    const doc = docs.value[0]!;
    if (doc < 0 || (deleted && isDeleted(deleted, doc))) continue;
    const documents = wave.documents([doc]);
    await wave.flush();
    return { source: documents.value[0]!.source, version: manifest.version };
  }
  return undefined;
}
