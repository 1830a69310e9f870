import type { Yielder } from '#libs/kernel';
import { IdIndexWriter } from '../ids/id-index-writer.ts';
import { sortedOrder } from '../memory/sorted-order.ts';

/** Ids between two looks at the clock. */
const STRIDE = 1024;

export interface IndexedIds {
  readonly index: IdIndexWriter;
  /** Per document its place in the order of (id, document). */
  readonly ranks: Uint32Array;
  /** Documents whose id a later one has, ascending. */
  readonly superseded: number[];
  readonly minId: string;
  readonly maxId: string;
}

/** @param ids by document, one at least */
export async function indexIds(ids: readonly string[], yielder: Yielder): Promise<IndexedIds> {
  // Equal ids stay in the order of their documents, so the last of them is the newest.
  const order = await sortedOrder({ size: ids.length, term: (doc) => Buffer.from(ids[doc]!, 'utf8') }, yielder);
  const ranks = new Uint32Array(order.length);
  const superseded: number[] = [];
  const index = new IdIndexWriter();
  for (let rank = 0; rank < order.length; rank++) {
    const doc = order[rank]!;
    ranks[doc] = rank;
    if (rank + 1 < order.length && ids[order[rank + 1]!] === ids[doc]) superseded.push(doc);
    else index.add(Buffer.from(ids[doc]!, 'utf8'), doc);
    if (rank % STRIDE === 0 && yielder.due()) await yielder.yield();
  }
  index.finish();
  return {
    index,
    ranks,
    superseded: superseded.toSorted((a, b) => a - b),
    minId: ids[order[0]!]!,
    maxId: ids[order[order.length - 1]!]!,
  };
}
