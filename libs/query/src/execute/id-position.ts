import { compareCodePoints } from '#libs/kernel';
import type { SegmentData } from './segment-data.ts';

/** Ids asked for in one round: three rounds for 100,000 documents. */
const PROBES = 63;

/**
 * The rank that an id would have in a segment that may not hold it: a number between two ranks then. Reads stored ids, a
 * few dozen a round, so it is only asked for when a tie at the beginning of a page depends on it.
 */
export async function idPosition(data: SegmentData, id: string): Promise<number> {
  const { ranks, docCount } = data;
  const docOf = new Int32Array(docCount);
  for (let doc = 0; doc < docCount; doc++) docOf[ranks[doc]!] = doc;
  // The id stands behind `low` documents at least, and before the document at `high`.
  let low = 0;
  let high = docCount;
  while (low < high) {
    const width = high - low;
    const count = Math.min(PROBES, width);
    const probes = Array.from({ length: count }, (_, i) => low + Math.floor((i * width) / count));
    const wave = data.reader.wave();
    const found = wave.documents(probes.map((rank) => docOf[rank]!));
    await wave.flush();
    let next = low;
    let end = high;
    for (const [i, probe] of probes.entries()) {
      const order = compareCodePoints(found.value[i]!.id, id);
      if (order === 0) return probe;
      if (order < 0) next = probe + 1;
      else {
        end = probe;
        break;
      }
    }
    [low, high] = [next, end];
  }
  return low - 0.5;
}
