import type { Random } from '#libs/kernel';
import { below, oneOf } from './draw.ts';
import { strangeText } from './strange-values.ts';

/** A text with one to six changes: pieces cut out, doubled, swapped, and pieces of `tokens` or strange ones put in. */
export function mutateText(random: Random, text: string, tokens: readonly string[]): string {
  let changed = text;
  const changes = 1 + below(random, 6);
  for (let i = 0; i < changes && changed.length < 100_000; i++) {
    const from = below(random, changed.length + 1);
    const to = Math.min(changed.length, from + below(random, 8));
    const piece = changed.slice(from, to);
    const put = oneOf(random, [
      '',
      piece + piece,
      oneOf(random, tokens),
      oneOf(random, tokens),
      `${oneOf(random, tokens)}${piece}`,
      // Halves of characters too.
      piece.split('').toReversed().join(''),
      strangeText(random),
      oneOf(random, tokens).repeat(oneOf(random, [2, 10, 200])),
    ]);
    changed = changed.slice(0, from) + put + changed.slice(to);
  }
  return changed;
}
