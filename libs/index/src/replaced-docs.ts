import { compareCodePoints, type Yielder } from '#libs/kernel';
import type { SegmentReader } from '#libs/segment';
import { DocBitsBuilder, type DocBits } from './doc-bits.ts';
import type { SegmentEntry } from './manifest.ts';

/** Ids looked up in one wave: what is held at a time is this many strings and the id blocks they fall into. */
const BATCH_IDS = 2048;

/** A segment as the manifest describes it, to be opened where its range says that something may match. */
export interface ResolvableSegment {
  readonly entry: Pick<SegmentEntry, 'docCount' | 'minId' | 'maxId'>;
  readonly open: () => Promise<SegmentReader>;
}

/**
 * The documents of `older` whose `_id` also stands in `newer`: the ones that an upsert replaces. Both segments are
 * immutable, so is the answer. A merge-join: the ids of the smaller segment are walked in order, batch by batch, within
 * the range that both share, and looked up in the larger one, which reads only the id blocks that a batch falls into.
 */
export async function replacedDocs(
  newer: ResolvableSegment,
  older: ResolvableSegment,
  yielder: Yielder,
): Promise<DocBits> {
  if (disjoint(newer.entry, older.entry)) return undefined;
  const found = new DocBitsBuilder(older.entry.docCount);
  const [walked, probed] = newer.entry.docCount < older.entry.docCount ? [newer, older] : [older, newer];
  const [walkedReader, probedReader] = await Promise.all([walked.open(), probed.open()]);
  for await (const { ids, docs } of idBatches(walkedReader, probed.entry)) {
    const hits = await docsOf(probedReader, ids);
    for (let i = 0; i < hits.length; i++) {
      if (hits[i]! >= 0) found.add(probed === older ? hits[i]! : docs[i]!);
    }
    if (yielder.due()) await yielder.yield();
  }
  return found.bits;
}

/** The documents that have one of these ids. @param ids ascending by code points, without duplicates */
export async function docsWithIds(
  ids: readonly string[],
  segment: ResolvableSegment,
  yielder: Yielder,
): Promise<DocBits> {
  const { docCount, minId, maxId } = segment.entry;
  const from = firstWhere(ids, (id) => compareCodePoints(id, minId) >= 0);
  const to = firstWhere(ids, (id) => compareCodePoints(id, maxId) > 0);
  const found = new DocBitsBuilder(docCount);
  if (from === to) return undefined;
  const reader = await segment.open();
  for (let at = from; at < to; at += BATCH_IDS) {
    const hits = await docsOf(reader, ids.slice(at, Math.min(at + BATCH_IDS, to)));
    for (const doc of hits) if (doc >= 0) found.add(doc);
    if (yielder.due()) await yielder.yield();
  }
  return found.bits;
}

const disjoint = (a: ResolvableSegment['entry'], b: ResolvableSegment['entry']): boolean =>
  compareCodePoints(a.maxId, b.minId) < 0 || compareCodePoints(b.maxId, a.minId) < 0;

/** The reader's ids within the other segment's range, ascending, a bounded number at a time. */
async function* idBatches(
  reader: SegmentReader,
  { minId, maxId }: ResolvableSegment['entry'],
): AsyncGenerator<{ ids: string[]; docs: number[] }> {
  let ids: string[] = [];
  let docs: number[] = [];
  for await (const run of reader.idBlocks()) {
    const from = firstWhere(run.ids, (id) => compareCodePoints(id, minId) >= 0);
    const to = firstWhere(run.ids, (id) => compareCodePoints(id, maxId) > 0);
    for (let i = from; i < to; i++) {
      ids.push(run.ids[i]!);
      docs.push(run.docs[i]!);
    }
    if (ids.length >= BATCH_IDS) {
      yield { ids, docs };
      ids = [];
      docs = [];
    }
    if (to < run.ids.length) break;
  }
  if (ids.length > 0) yield { ids, docs };
}

async function docsOf(reader: SegmentReader, ids: readonly string[]): Promise<Int32Array> {
  const wave = reader.wave();
  const docs = wave.docsById(ids);
  await wave.flush();
  return docs.value;
}

/** The first place where `holds` is true; `ids.length` if nowhere. False before it, true after it. */
function firstWhere(ids: readonly string[], holds: (id: string) => boolean): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(ids[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
