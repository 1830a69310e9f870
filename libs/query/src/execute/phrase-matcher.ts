import { NO_MORE_DOCS } from '#libs/segment';
import { phraseWords } from '../compile/phrase-words.ts';
import type { PhraseClause } from '../compile/compiled-query.ts';
import { STEPS_PER_REPORT, type ExecutionWatch } from './execution-watch.ts';
import type { SegmentData } from './segment-data.ts';
import { SloppyFreq } from './sloppy-freq.ts';
import { UnionCursor, type PhraseCursor } from './union-cursor.ts';

/** Of finding a document's positions, in documents. */
const WORK_OF_POSITIONS = 16;

/** Buffers for positions that are kept for the next matchers: making arrays costs a small phrase as much as itself. */
const MAX_SPARE = 16;
const MAX_KEPT = 4096;
const spare: Int32Array[] = [];

/** Of each place of the phrase a term must be in the segment. */
export function createPhraseMatcher(clause: PhraseClause, data: SegmentData): PhraseMatcher {
  const postings = phraseWords(clause).map((words) =>
    words.flatMap((term) => {
      const info = data.term(clause.field, term);
      return info ? [data.postings(info)] : [];
    }),
  );
  return new PhraseMatcher(
    postings.map((ofPlace) =>
      ofPlace.length === 1 ? ofPlace[0]!.cursor() : new UnionCursor(ofPlace.map((of) => of.cursor())),
    ),
    postings.map((ofPlace) => ofPlace.reduce((sum, { docFreq }) => sum + docFreq, 0)),
    clause,
    data.watch,
  );
}

/**
 * Finds the documents that hold all words of a phrase, and how often they stand as the phrase has them: an exact phrase
 * counts its occurrences, a sloppy one 1 / (1 + distance) for each match (Lucene's SloppyPhraseMatcher).
 */
export class PhraseMatcher {
  /** The rarest first; `places` tells where in the phrase each stands. */
  private readonly cursors: PhraseCursor[];
  private readonly offsets: Int32Array;
  private readonly sloppy: SloppyFreq | undefined;
  private readonly places: number[];
  private starts: Int32Array;
  private positions: Int32Array;
  private steps = 0;

  constructor(
    cursors: readonly PhraseCursor[],
    docFreqs: readonly number[],
    phrase: PhraseClause,
    private readonly watch: ExecutionWatch,
  ) {
    this.places = docFreqs.map((_, at) => at).toSorted((a, b) => docFreqs[a]! - docFreqs[b]!);
    this.cursors = this.places.map((place) => cursors[place]!);
    this.offsets = Int32Array.from(this.places, (place) => phrase.offsets[place]!);
    this.sloppy = phrase.slop > 0 ? new SloppyFreq(phraseWords(phrase), phrase.offsets, phrase.slop, watch) : undefined;
    this.starts = spare.pop() ?? new Int32Array(64);
    this.positions = spare.pop() ?? new Int32Array(64);
  }

  /** Its buffers go to the next one; it is dead then. Optional. */
  release(): void {
    for (const cursor of this.cursors) cursor.release();
    for (const buffer of [this.starts, this.positions]) {
      if (spare.length < MAX_SPARE && buffer.length <= MAX_KEPT) spare.push(buffer);
    }
  }

  /** The first document ≥ from that holds all words; -1 if none. `from` rises. */
  nextCandidate(from: number): number {
    const { cursors } = this;
    const lead = cursors[0]!;
    let doc = lead.doc >= from ? lead.doc : lead.advance(from);
    search: while (doc !== NO_MORE_DOCS) {
      if (++this.steps === STEPS_PER_REPORT) {
        this.watch.spend(this.steps * cursors.length);
        this.steps = 0;
      }
      for (let i = 1; i < cursors.length; i++) {
        const other = cursors[i]!;
        const at = other.doc < doc ? other.advance(doc) : other.doc;
        if (at > doc) {
          doc = at === NO_MORE_DOCS ? NO_MORE_DOCS : lead.advance(at);
          continue search;
        }
      }
      return doc;
    }
    return -1;
  }

  /** No more than this is the frequency in the current candidate: cheap, no position is read. */
  maxFreq(): number {
    if (this.sloppy) return Infinity;
    let least = Infinity;
    for (let i = 0; i < this.cursors.length; i++) least = Math.min(least, this.cursors[i]!.freq());
    return least;
  }

  /** How often the phrase stands in the current candidate; 0 if nowhere. */
  freq(): number {
    return this.sloppy ? this.sloppyFreq(this.sloppy) : this.exactFreq();
  }

  private exactFreq(): number {
    const { cursors, offsets } = this;
    const lead = cursors[0]!;
    if (this.starts.length < lead.freq()) this.starts = new Int32Array(2 * lead.freq());
    const { starts } = this;
    let count = lead.positions(starts);
    this.watch.spend(WORK_OF_POSITIONS + count);
    // `starts` holds where the phrase could begin; every word strikes out those where it does not follow.
    for (let i = 0; i < count; i++) starts[i]! -= offsets[0]!;
    for (let word = 1; word < cursors.length && count > 0; word++) {
      const cursor = cursors[word]!;
      if (this.positions.length < cursor.freq()) this.positions = new Int32Array(2 * cursor.freq());
      const { positions } = this;
      const length = cursor.positions(positions);
      const offset = offsets[word]!;
      let kept = 0;
      let at = 0;
      for (let i = 0; i < count && at < length; i++) {
        const start = starts[i]!;
        const wanted = start + offset;
        while (at < length && positions[at]! < wanted) at++;
        if (at < length && positions[at] === wanted) starts[kept++] = start;
      }
      count = kept;
    }
    return count;
  }

  private sloppyFreq(sloppy: SloppyFreq): number {
    for (let i = 0; i < this.cursors.length; i++) {
      const cursor = this.cursors[i]!;
      sloppy.load(this.places[i]!, cursor);
    }
    return sloppy.freq();
  }
}
