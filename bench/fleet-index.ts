import { analyzer } from '#libs/analysis';
import { createIds, seededRandom, systemClock, Yielder } from '#libs/kernel';
import { ObjectStoreIndexCatalog, type Change } from '#libs/index';
import type { ObjectStore } from '#libs/object-store';
import { createSegmentBuilder, type FieldSpec } from '#libs/segment';
import type { BenchDocument } from './corpus.ts';

export const BENCH_INDEX = { tenant: 'bench', index: 'documents' };
const SPEC: FieldSpec = { type: 'text', analyzer: 'standard' };

/** An index of `segments` segments of about as many documents each, committed as one job commits. Bytes of all segments. */
export async function writeIndex(
  store: ObjectStore,
  documents: readonly BenchDocument[],
  segments: number,
): Promise<number> {
  const random = seededRandom(7);
  const ids = createIds(systemClock, random);
  const catalog = new ObjectStoreIndexCatalog({ store, clock: systemClock, random, ids });
  await catalog.create(BENCH_INDEX, { fields: { body: SPEC } });
  const made: Change['segments'][number][] = [];
  const each = Math.ceil(documents.length / segments);
  for (let from = 0; from < documents.length; from += each) {
    const builder = createSegmentBuilder({ analyzer });
    const field = builder.field('body', SPEC);
    for (const { id, body } of documents.slice(from, from + each)) {
      builder.startDocument(id, Buffer.from(JSON.stringify({ body })));
      builder.addText(field, body);
      builder.endDocument();
    }
    const built = builder.finish(new Yielder(systemClock, 1000));
    const id = ids.next();
    const key = catalog.segmentKey(BENCH_INDEX, id);
    await store.putStream(key, built.chunks());
    made.push({ id, key, meta: built.meta });
  }
  await catalog.commit(BENCH_INDEX, { job: ids.next(), segments: made });
  return made.reduce((sum, { meta }) => sum + meta.bytes, 0);
}
