import type { PostingsCursor } from '#libs/segment';
import type { ExecutionWatch } from './execution-watch.ts';

/** Of finding positions and lining them up, in documents. */
const WORK_OF_DOCUMENT = 32;

/**
 * The frequency of a sloppy phrase in one document, after Lucene's SloppyPhraseMatcher: the words' positions, each less
 * its place in the phrase, are walked in step; whenever the one that lags would pass the next one, the spread of all is a
 * match's length, and a match of length ≤ slop counts 1 / (1 + length). A word that the phrase has twice never stands
 * for both at the same place.
 */
export class SloppyFreq {
  private readonly positions: Int32Array[];
  private readonly counts: Int32Array;
  private readonly at: Int32Array;
  /** Words that can be the same term, by their places in the phrase; only those that repeat. */
  private readonly repeats: readonly RepeatedWords[];

  /** @param words by place, the terms that may stand there */
  constructor(
    words: readonly (readonly string[])[],
    private readonly offsets: readonly number[],
    private readonly slop: number,
    private readonly watch: ExecutionWatch,
  ) {
    this.positions = words.map(() => new Int32Array(64));
    this.counts = new Int32Array(words.length);
    this.at = new Int32Array(words.length);
    this.repeats = repeatedWords(words);
  }

  /** Takes the positions of the word at this place of the phrase from the cursor's current document. */
  load(place: number, cursor: Pick<PostingsCursor, 'freq' | 'positions'>): void {
    if (this.positions[place]!.length < cursor.freq()) this.positions[place] = new Int32Array(2 * cursor.freq());
    this.counts[place] = cursor.positions(this.positions[place]!);
    this.at[place] = 0;
  }

  freq(): number {
    const { counts, slop, watch } = this;
    watch.spend(WORK_OF_DOCUMENT);
    // The j-th of the same words begins at its j-th position.
    for (const { places, same } of this.repeats) {
      if (!same && !this.separate(places)) return 0;
      if (!same) continue;
      for (const [nth, place] of places.entries()) {
        if (nth >= counts[place]!) return 0;
        this.at[place] = nth;
      }
    }
    let end = -Infinity;
    for (let place = 0; place < counts.length; place++) end = Math.max(end, this.place(place));
    let lagging = this.least(-1);
    let next = this.least(lagging);
    let length = end - this.place(lagging);
    let freq = 0;
    for (;;) {
      const moved = this.move(lagging);
      if (moved < 0) break;
      watch.spend(counts.length);
      for (let place = 0; place < counts.length; place++) end = Math.max(end, this.place(place));
      if (this.place(lagging) > this.place(next) || moved !== lagging) {
        if (length <= slop) freq += 1 / (1 + length);
        lagging = this.least(-1);
        next = this.least(lagging);
        length = end - this.place(lagging);
      } else {
        length = Math.min(length, end - this.place(lagging));
      }
    }
    return length <= slop ? freq + 1 / (1 + length) : freq;
  }

  /** The word's current position less its place in the phrase. */
  private place(word: number): number {
    return this.positions[word]![this.at[word]!]! - this.offsets[word]!;
  }

  /** The word that lags most behind, other than `except`; the earlier in the phrase of two. */
  private least(except: number): number {
    let best = -1;
    for (let word = 0; word < this.counts.length; word++) {
      if (word !== except && (best < 0 || this.place(word) < this.place(best))) best = word;
    }
    return best;
  }

  /** Moves a word on, and then whichever of two same words must yield; answers the last one moved, -1 at the end. */
  private move(word: number): number {
    let moving = word;
    for (;;) {
      if (++this.at[moving]! >= this.counts[moving]!) return -1;
      const clash = this.clashOf(moving);
      if (clash < 0) return moving;
      // The one that lags behind yields.
      if (this.place(clash) < this.place(moving) || (this.place(clash) === this.place(moving) && clash < moving)) {
        moving = clash;
      }
    }
  }

  /** Moves words on until no two stand for one occurrence; false when there are too few occurrences. */
  private separate(places: readonly number[]): boolean {
    for (let i = 0; i < places.length;) {
      const place = places[i]!;
      const clash = this.clashOf(place);
      if (clash < 0) {
        i++;
        continue;
      }
      const yields = this.place(clash) < this.place(place) ? clash : place;
      if (++this.at[yields]! >= this.counts[yields]!) return false;
      i = 0;
    }
    return true;
  }

  /** Another word of the phrase that stands for the same occurrence; -1 if none. */
  private clashOf(word: number): number {
    const group = this.repeats.find(({ places }) => places.includes(word))?.places;
    if (!group) return -1;
    const position = this.positions[word]![this.at[word]!];
    return group.find((other) => other !== word && this.positions[other]![this.at[other]!] === position) ?? -1;
  }
}

interface RepeatedWords {
  readonly places: readonly number[];
  /** All are one and the same term. */
  readonly same: boolean;
}

/** Places that have a term in common with each other, directly or over others. */
function repeatedWords(words: readonly (readonly string[])[]): RepeatedWords[] {
  const groups: { places: number[]; terms: Set<string> }[] = [];
  for (const [place, terms] of words.entries()) {
    const joined = groups.filter((group) => terms.some((term) => group.terms.has(term)));
    const merged = {
      places: [...joined.flatMap(({ places }) => places), place].toSorted((a, b) => a - b),
      terms: new Set([...joined.flatMap((group) => [...group.terms]), ...terms]),
    };
    for (const group of joined) groups.splice(groups.indexOf(group), 1);
    groups.push(merged);
  }
  return groups
    .filter(({ places }) => places.length > 1)
    .map(({ places, terms }) => ({ places, same: terms.size === 1 }));
}
