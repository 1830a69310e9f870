import type { Fuzziness } from '../query-node.ts';

/** Elasticsearch's AUTO: from so many characters on one edit, and two. */
const AUTO = { low: 3, high: 6 };

/** How many edits a word of so many characters is allowed. */
export function editsOf(fuzziness: Fuzziness, length: number): 0 | 1 | 2 {
  if (typeof fuzziness === 'number') return fuzziness;
  const [low, high] = fuzziness === 'AUTO' ? [AUTO.low, AUTO.high] : fuzziness.slice(5).split(',').map(Number);
  return length < low! ? 0 : length < high! ? 1 : 2;
}

export const codePointCount = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/** How much a term at a distance counts, as in Lucene: 1 less the distance's share of the shorter of the two words. */
export const similarity = (word: string, term: string, distance: number): number =>
  distance === 0 ? 1 : 1 - distance / Math.min(codePointCount(word), codePointCount(term));
