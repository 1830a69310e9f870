import { invalid } from '#libs/kernel';
import type { MinimumShouldMatch } from '../query-node.ts';

/**
 * How many of `count` optional clauses must match, by Elasticsearch's rules: `2`, `-1` (all but one), `75%`, `-25%`
 * (rounded down), `2<75%` (all of up to 2, else 75 %), several conditions separated by blanks. May exceed `count`: then
 * nothing matches. Never below 0. Throws `invalid` (`bad_minimum_should_match`).
 */
export function resolveMinimumShouldMatch(spec: MinimumShouldMatch, count: number, path: string): number {
  const text = String(spec).trim();
  const wrong = (): Error =>
    invalid(
      'bad_minimum_should_match',
      `${path}: "${text}" is no minimum_should_match; write 2, -1, 75%, -25% or 2<75%`,
      {
        value: text,
        path,
      },
    );
  if (text.includes('<')) {
    let result = count;
    // The condition with the largest bound below the count holds; bounds stand in ascending order.
    for (const condition of text.replaceAll(/\s*<\s*/g, '<').split(/\s+/)) {
      const found = /^(\d+)<(-?\d+%?)$/.exec(condition);
      if (!found) throw wrong();
      if (count <= Number(found[1])) return result;
      result = resolveMinimumShouldMatch(found[2]!, count, path);
    }
    return result;
  }
  const found = /^([+-]?\d+)(%?)$/.exec(text);
  if (!found) throw wrong();
  const number = Number(found[1]);
  const amount = found[2] === '%' ? Math.trunc((count * number) / 100) : number;
  return Math.max(0, number < 0 ? count + amount : amount);
}
