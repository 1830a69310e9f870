import type { TokenBuffer } from '../analyzer.ts';
import type { Rewrite } from '../token-filter.ts';
import type { Synonyms, SynonymNode, SynonymTable } from './synonym-table.ts';

/** The longest run of words from a token on that has synonyms. */
interface Match {
  readonly count: number;
  readonly found: Synonyms;
}

function longestMatch(input: TokenBuffer, first: number, root: SynonymNode): Match | undefined {
  let node: SynonymNode | undefined = root;
  let match: Match | undefined;
  for (let at = first; at < input.length; at++) {
    if (at > first && input.positions[at] !== input.positions[at - 1]! + 1) break;
    node = node.next.get(input.terms[at]!);
    if (!node) break;
    if (node.found) match = { count: at - first + 1, found: node.found };
  }
  return match;
}

interface Pending {
  readonly term: string;
  readonly position: number;
  readonly start: number;
  readonly end: number;
}

/**
 * For what is indexed. The words of a synonym stand on the positions from its match's first word on. Where the words stay, all
 * others keep their places, so that their phrases are found, and a longer synonym shares positions with the words after it;
 * where they are replaced, the words after it move.
 */
export function flatSynonyms({ root }: SynonymTable): Rewrite {
  return (input, output) => {
    let pending: Pending[] = [];
    let shift = 0;
    const writeBefore = (position: number): void => {
      if (pending.length === 0) return;
      pending.sort((a, b) => a.position - b.position);
      const due = pending.findIndex((token) => token.position >= position);
      for (const token of pending.splice(0, due < 0 ? pending.length : due)) pushNew(output, token);
    };
    for (let at = 0; at < input.length;) {
      const base = input.positions[at]! + shift;
      const match = longestMatch(input, at, root);
      const count = match?.count ?? 1;
      if (match) {
        const [start, end] = [input.starts[at]!, input.ends[at + count - 1]!];
        for (const words of match.found.outputs) {
          pending.push(...words.map((term, k) => ({ term, position: base + k, start, end })));
        }
      }
      if (!match || match.found.keep) {
        for (let k = at; k < at + count; k++) {
          const position = input.positions[k]! + shift;
          writeBefore(position);
          pushNew(output, { term: input.terms[k]!, position, start: input.starts[k]!, end: input.ends[k]! });
        }
      } else shift += Math.max(...match.found.outputs.map(({ length }) => length)) - count;
      at += count;
      // What is due before the next word's position is written with it.
      if (at >= input.length) writeBefore(Infinity);
    }
  };
}

/** A word that stands on this position already is not written twice. */
function pushNew(output: TokenBuffer, { term, position, start, end }: Pending): void {
  for (let at = output.length - 1; at >= 0 && output.positions[at] === position; at--) {
    if (output.terms[at] === term) return;
  }
  output.push(term, position, start, end);
}

/**
 * For queries: the words and each synonym are paths of their own from the match's first position to the position after it.
 * `lengths` says where a word leads; no two paths meet in between.
 */
export function branchedSynonyms({ root }: SynonymTable): Rewrite {
  return (input, output) => {
    let shift = 0;
    for (let at = 0; at < input.length;) {
      const match = longestMatch(input, at, root);
      if (!match) {
        const [start, end] = [input.starts[at]!, input.ends[at]!];
        output.push(input.terms[at]!, input.positions[at]! + shift, start, end, input.lengths[at]);
        at++;
        continue;
      }
      const { count, found } = match;
      const paths = [...(found.keep ? [input.terms.slice(at, at + count)] : []), ...found.outputs];
      const width = writePaths(paths, input, at, count, shift, output);
      shift += width - count;
      at += count;
    }
  };
}

/** Answers how many positions the paths take up together. */
function writePaths(
  paths: readonly (readonly string[])[],
  input: TokenBuffer,
  first: number,
  count: number,
  shift: number,
  output: TokenBuffer,
): number {
  const base = input.positions[first]! + shift;
  const [start, end] = [input.starts[first]!, input.ends[first + count - 1]!];
  const width = paths.reduce((sum, { length }) => sum + length - 1, 1);
  const inner: (() => void)[] = [];
  let between = base + 1;
  for (const words of paths) {
    for (const [k, term] of words.entries()) {
      const position = k === 0 ? base : between++;
      const next = k === words.length - 1 ? base + width : between;
      const write = (): void => output.push(term, position, start, end, next - position);
      if (k === 0) write();
      else inner.push(write);
    }
  }
  for (const write of inner) write();
  return width;
}
