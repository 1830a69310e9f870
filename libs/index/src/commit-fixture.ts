import { createHash } from 'node:crypto';
import { analyzer } from '#libs/analysis';
import { assert, createIds, encodeUtf8, seededRandom, systemClock, Yielder, type Clock } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { createSegmentBuilder, isDeleted } from '#libs/segment';
import type { Change, IndexCatalog, IndexName } from './index-catalog.ts';
import type { Manifest } from './manifest.ts';
import { ObjectStoreIndexCatalog, type IndexCatalogParts } from './object-store-index-catalog.ts';

export const LOGS: IndexName = { tenant: 'acme', index: 'logs' };

/** Waits of a tenth of a millisecond a millisecond: backoff stays in order, tests stay fast. */
export const hastyClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 10, signal) };

let catalogs = 0;

/** As another process would open it: nothing is shared but the store. */
export function catalogOn(store: ObjectStore, parts: Partial<IndexCatalogParts> = {}): ObjectStoreIndexCatalog {
  const random = seededRandom(++catalogs);
  return new ObjectStoreIndexCatalog({
    store,
    clock: hastyClock,
    random,
    ids: createIds(systemClock, random),
    ...parts,
  });
}

export interface TestDocument {
  readonly id: string;
  readonly value: number;
  /** Makes the source so many bytes longer, and hard to compress: for segments too large to be read as a whole. */
  readonly padBytes?: number;
}

const segmentIds = createIds(systemClock, seededRandom(0));

/** Makes a segment of the documents durable, as a write job's task does. */
export async function writeSegment(
  store: ObjectStore,
  catalog: IndexCatalog,
  documents: readonly TestDocument[],
  name = LOGS,
  ids = segmentIds,
): Promise<Change['segments'][number]> {
  const builder = createSegmentBuilder({ analyzer: analyzer });
  const field = builder.field('value', { type: 'long' });
  const hex = (bytes: number): string =>
    createHash('shake256', { outputLength: bytes / 2 })
      .update('pad')
      .digest('hex');
  for (const { id, value, padBytes = 0 } of documents) {
    const source = { value, ...(padBytes > 0 && { pad: hex(padBytes) }) };
    builder.startDocument(id, encodeUtf8(JSON.stringify(source)));
    builder.addNumber(field, value);
    builder.endDocument();
  }
  const built = builder.finish(new Yielder(systemClock));
  const id = ids.next();
  const key = catalog.segmentKey(name, id);
  await store.putStream(key, built.chunks());
  return { id, key, meta: built.meta };
}

/** What a search of everything would find: value by id. Throws when a document is there twice. */
export async function liveDocuments(catalog: IndexCatalog, manifest: Manifest): Promise<Map<string, number>> {
  const live = new Map<string, number>();
  for (const { reader, deleted } of await catalog.open(manifest.segments)) {
    const docs = Array.from({ length: reader.docCount }, (_, doc) => doc);
    const kept = docs.filter((doc) => !deleted || !isDeleted(deleted, doc));
    const wave = reader.wave();
    const documents = wave.documents(kept);
    await wave.flush();
    for (const { id, source } of documents.value) {
      assert(!live.has(id), `document "${id}" is live once`);
      live.set(id, (JSON.parse(new TextDecoder().decode(source)) as { value: number }).value);
    }
  }
  return live;
}

export async function newest(catalog: IndexCatalog, name = LOGS): Promise<Manifest> {
  return catalog.snapshot(name, { consistency: 'strong' });
}
