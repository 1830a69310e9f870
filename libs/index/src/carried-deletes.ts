import { popCount } from '#libs/kernel';
import type { DeletedDocs } from '#libs/segment';
import { DocBitsBuilder, type DocBits } from './doc-bits.ts';

/** The deletes of an input when it was rebuilt, and now. */
export interface InputDeletes {
  readonly docCount: number;
  readonly before: DeletedDocs | undefined;
  readonly after: DeletedDocs | undefined;
}

/**
 * What was deleted from the inputs of a merge since it read them, as documents of its outputs. Nothing has to be looked
 * up: the outputs, one after the other, hold the documents that were live then, in the order of the inputs. Undefined when
 * they hold more or fewer.
 * @param docCounts of the outputs
 */
export function carriedDeletes(inputs: readonly InputDeletes[], docCounts: readonly number[]): DocBits[] | undefined {
  const live = inputs.reduce((sum, { docCount, before }) => sum + docCount - (before?.deletedCount ?? 0), 0);
  if (live !== docCounts.reduce((sum, count) => sum + count, 0)) return undefined;
  const outputs = docCounts.map((count) => new DocBitsBuilder(count));
  let output = 0;
  let firstOfOutput = 0;
  const mark = (place: number): void => {
    while (place >= firstOfOutput + docCounts[output]!) firstOfOutput += docCounts[output++]!;
    outputs[output]!.add(place - firstOfOutput);
  };
  let first = 0;
  for (const { docCount, before, after } of inputs) {
    if (after && after !== before) markNew(docCount, before, after, (nth) => mark(first + nth));
    first += docCount - (before?.deletedCount ?? 0);
  }
  return outputs.map(({ bits }) => bits);
}

/** Calls `mark` with the place, among the documents that were live before, of each that is deleted now; ascending. */
function markNew(
  docCount: number,
  before: DeletedDocs | undefined,
  after: DeletedDocs,
  mark: (nth: number) => void,
): void {
  let live = 0;
  for (let word = 0; word * 32 < docCount; word++) {
    const dead = before ? before.words[word]! : 0;
    let fresh = after.words[word]! & ~dead;
    const within = Math.min(32, docCount - word * 32);
    while (fresh !== 0) {
      const bit = 31 - Math.clz32(fresh & -fresh);
      const below = bit === 0 ? 0 : dead & (0xffff_ffff >>> (32 - bit));
      mark(live + bit - popCount(below));
      fresh &= fresh - 1;
    }
    live += within - popCount(dead);
  }
}
