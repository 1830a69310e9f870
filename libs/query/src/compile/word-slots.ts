import { invalid } from '#libs/kernel';

/** One way through some words: terms with their distance from where it begins. */
export interface WordPath {
  readonly terms: readonly string[];
  readonly offsets: readonly number[];
  /** Positions it takes up. */
  readonly width: number;
}

/** A stretch of a query text that every way through it passes, and the ways: at least one. */
export type WordSlot = readonly WordPath[];

export interface WordGraph {
  /** '' is a word that was removed from its path. */
  readonly terms: readonly string[];
  /** Ascending. */
  readonly positions: readonly number[];
  readonly lengths: readonly number[];
}

/** More ways than this through one query are a mistake of its synonyms, and slow. */
const MAX_PATHS = 128;

/**
 * The words of a query text as slots, where some stand for the same place (synonyms): undefined when none do and each word
 * is a slot of its own. A gap is a slot with a way without words.
 */
export function wordSlots(graph: WordGraph, path: string): readonly WordSlot[] | undefined {
  const { terms, positions, lengths } = graph;
  const plain = positions.every(
    (position, at) => lengths[at] === 1 && terms[at] !== '' && position !== positions[at - 1],
  );
  if (plain) return undefined;
  const slots: WordSlot[] = [];
  let reached = positions[0] ?? 0;
  for (let first = 0; first < terms.length;) {
    const from = positions[first]!;
    for (; reached < from; reached++) slots.push([{ terms: [], offsets: [], width: 1 }]);
    let to = from;
    let end = first;
    while (end < terms.length && (end === first || positions[end] === from || positions[end]! < to)) {
      to = Math.max(to, positions[end]! + lengths[end]!);
      end++;
    }
    slots.push(pathsBetween(graph, first, end, to, path));
    reached = to;
    first = end;
  }
  return slots;
}

function pathsBetween(
  { terms, positions, lengths }: WordGraph,
  first: number,
  end: number,
  to: number,
  path: string,
): WordSlot {
  const found: WordPath[] = [];
  const walk = (position: number, so: WordPath): void => {
    if (position >= to) {
      if (found.length >= MAX_PATHS) throw tooManyPaths(path);
      found.push(so);
      return;
    }
    let any = false;
    for (let at = first; at < end; at++) {
      if (positions[at] !== position) continue;
      any = true;
      const term = terms[at]!;
      const words = term === '' ? so : { terms: [...so.terms, term], offsets: [...so.offsets, so.width] };
      walk(position + lengths[at]!, { terms: words.terms, offsets: words.offsets, width: so.width + 1 });
    }
    if (!any) walk(position + 1, { ...so, width: so.width + 1 });
  };
  walk(positions[first]!, { terms: [], offsets: [], width: 0 });
  return found;
}

/** Every way through all slots, one after the other: what a phrase may be. */
export function pathsThrough(slots: readonly WordSlot[], path: string): readonly WordPath[] {
  let paths: readonly WordPath[] = [{ terms: [], offsets: [], width: 0 }];
  for (const slot of slots) {
    if (paths.length * slot.length > MAX_PATHS) throw tooManyPaths(path);
    paths = paths.flatMap((so) =>
      slot.map(({ terms, offsets, width }) => ({
        terms: [...so.terms, ...terms],
        offsets: [...so.offsets, ...offsets.map((offset) => so.width + offset)],
        width: so.width + width,
      })),
    );
  }
  return paths;
}

const tooManyPaths = (path: string): Error =>
  invalid(
    'too_many_clauses',
    `${path}: with its synonyms the text can be read in more than ${MAX_PATHS} ways; shorten it, or use match instead of a phrase`,
    { path, limit: MAX_PATHS },
  );
