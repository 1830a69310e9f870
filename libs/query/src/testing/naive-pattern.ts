import type { Pattern } from '../automaton/pattern.ts';

/** Whether a text matches, by following the definition of each pattern: the oracle of the automata. */
export function naiveMatches(pattern: Pattern, text: string): boolean {
  const chars = Array.from(text, (char) => char.codePointAt(0)!);
  return ends(pattern, chars, 0).has(chars.length);
}

/** Where matches may end that begin at `from`. */
function ends(pattern: Pattern, chars: readonly number[], from: number): Set<number> {
  const after = (starts: Iterable<number>, next: Pattern): Set<number> =>
    new Set([...starts].flatMap((at) => [...ends(next, chars, at)]));
  switch (pattern.kind) {
    case 'characters': {
      const char = chars[from];
      const inside = char !== undefined && pattern.ranges.some((range) => char >= range.from && char <= range.to);
      return new Set(inside ? [from + 1] : []);
    }
    case 'sequence':
      return pattern.parts.reduce((starts, part) => after(starts, part), new Set([from]));
    case 'choice':
      return new Set(pattern.parts.flatMap((part) => [...ends(part, chars, from)]));
    case 'both':
      return pattern.parts
        .map((part) => ends(part, chars, from))
        .reduce((a, b) => new Set([...a].filter((end) => b.has(end))));
    case 'not': {
      const inner = ends(pattern.of, chars, from);
      const all = Array.from({ length: chars.length - from + 1 }, (_, i) => from + i);
      return new Set(all.filter((end) => !inner.has(end)));
    }
    default: {
      let at = new Set([from]);
      const found = new Set(pattern.min === 0 ? at : []);
      // More rounds than characters only repeat what matches nothing.
      const rounds = Math.min(pattern.max, pattern.min + chars.length + 1);
      for (let round = 1; round <= rounds; round++) {
        at = after(at, pattern.of);
        if (round >= pattern.min) for (const end of at) found.add(end);
      }
      return found;
    }
  }
}

/** A regexp that means the pattern. */
export function printRegexp(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'characters':
      return `[${pattern.ranges.map(({ from, to }) => `\\${String.fromCodePoint(from)}-\\${String.fromCodePoint(to)}`).join('')}]`;
    case 'sequence':
      return pattern.parts.length === 0 ? '()' : pattern.parts.map(group).join('');
    case 'choice':
      return pattern.parts.length === 0 ? '#' : pattern.parts.map(group).join('|');
    case 'both':
      return pattern.parts.map(group).join('&');
    case 'not':
      return `~${group(pattern.of)}`;
    default:
      return `${group(pattern.of)}{${pattern.min},${pattern.max === Infinity ? '' : pattern.max}}`;
  }
}

const group = (pattern: Pattern): string => `(${printRegexp(pattern)})`;
