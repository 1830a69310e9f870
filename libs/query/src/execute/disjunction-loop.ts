import { NO_MORE_DOCS } from '#libs/segment';
import { hasBit, type Bits } from './bits.ts';
import type { ExecutionWatch } from './execution-watch.ts';
import { padded } from './scorer.ts';
import { seedThreshold } from './term-loop.ts';
import type { TermScorer } from './term-scorer.ts';
import type { TopHits } from './top-hits.ts';

/**
 * Documents that are looked at together. Measured best between 2,048 and 8,192: below, the bounds are computed too often;
 * above, they say too little and the sums leave the first-level cache.
 */
const WINDOW = 4096;

/** Of setting one term's bound in a window, in documents. */
const WORK_OF_BOUNDS = 16;

/** Above so many terms, asking each about each document costs more than it saves: either all are essential, or none is. */
const MAX_PARTED_TERMS = 32;

/**
 * The loop of a query of optional terms: MAXSCORE (Turtle & Flood 1995) over windows of documents, with the blocks' maxima
 * as bounds (Ding & Suel 2011), as Lucene's MaxScoreBulkScorer does it. In each window, the terms whose bounds together
 * stay below the threshold are not essential: they are only asked about documents that an essential term has.
 * Scores are summed in clause order (SCORE-1): while all terms are essential they are added up in that order, else every
 * term's part is kept apart until all of a document's are there.
 * @param terms in clause order
 */
export function runDisjunction(
  terms: readonly TermScorer[],
  accepted: Bits | undefined,
  top: TopHits,
  watch: ExecutionWatch,
): void {
  if (top.prunes && !top.isLaterPage) top.raise(seedThreshold(mostPromising(terms), accepted, top.trial(), watch));
  const window = windows.pop() ?? new WindowBuffers();
  new Disjunction(terms, accepted, top, window).run(watch);
  // Left clean by a run that came to its end; of one that threw, the buffers are not used again.
  windows.push(window);
}

const mostPromising = (terms: readonly TermScorer[]): TermScorer =>
  terms.reduce((best, term) => (term.maxScore > best.maxScore ? term : best));

/** Making and zeroing them anew costs a small query more than its scoring. Zero between two runs. */
class WindowBuffers {
  /** Scores by document of the window, while all terms are essential. */
  readonly sums = new Float64Array(WINDOW);
  readonly found = new Uint32Array(WINDOW / 32);
  private partsOf = new Float64Array(0);

  /** Parts of essential terms: [term · WINDOW + doc − window's begin]. 0 where a term does not have the document. */
  parts(terms: number): Float64Array {
    if (this.partsOf.length < terms * WINDOW) this.partsOf = new Float64Array(terms * WINDOW);
    return this.partsOf;
  }
}

/** Execution is synchronous: one is enough, unless a run threw. */
const windows: WindowBuffers[] = [];

class Disjunction {
  private readonly sums: Float64Array;
  private readonly found: Uint32Array;
  /** Parts of the terms that are not essential, for one document. */
  private readonly rest: Float64Array;
  private readonly bounds: Float64Array;
  /** Terms by rising bound in this window; those from `firstEssential` on are essential. */
  private readonly order: Int32Array;
  private firstEssential = 0;
  /** restBounds[i]: what the terms order[0 … i] together may add. */
  private readonly restBounds: Float64Array;

  constructor(
    private readonly terms: readonly TermScorer[],
    private readonly accepted: Bits | undefined,
    private readonly top: TopHits,
    private readonly window: WindowBuffers,
  ) {
    this.sums = window.sums;
    this.found = window.found;
    const count = terms.length;
    this.rest = new Float64Array(count);
    this.bounds = new Float64Array(count);
    this.order = Int32Array.from({ length: count }, (_, at) => at);
    this.restBounds = new Float64Array(count);
  }

  run(watch: ExecutionWatch): void {
    const { terms, top } = this;
    for (const term of terms) term.next();
    let begin = 0;
    for (;;) {
      // Where no essential term has a document, nothing can be found; which ones are, only the window will tell.
      let first = NO_MORE_DOCS;
      for (let i = 0; i < terms.length; i++) {
        const { doc } = terms[i]!;
        const at = doc < begin ? begin : doc;
        if (at < first) first = at;
      }
      if (first === NO_MORE_DOCS) return;
      begin = first;
      const end = begin + WINDOW;
      watch.spend(WINDOW + WORK_OF_BOUNDS * terms.length);
      this.partition(begin, end - 1);
      const essential = terms.length - this.firstEssential;
      // What only the other terms have is passed over uncounted.
      if (this.firstEssential > 0) top.skipped = true;
      if (essential === 1) this.runOne(begin, end);
      else if (essential === terms.length) this.runAll(begin, end);
      else if (essential > 1) this.runSeveral(begin, end);
      begin = end;
      if (this.exhausted(begin)) return;
    }
  }

  /** Whether no term has documents from here on. Terms that are not essential may lag behind. */
  private exhausted(begin: number): boolean {
    for (let i = 0; i < this.terms.length; i++) {
      const term = this.terms[i]!;
      if (term.blockOf(begin) < term.postings.blockCount) return false;
    }
    return true;
  }

  private partition(from: number, to: number): void {
    const { terms, bounds, order, restBounds } = this;
    for (let i = 0; i < terms.length; i++) {
      const term = terms[i]!;
      bounds[i] = term.doc > to ? 0 : term.maxScoreIn(from, to);
    }
    // Insertion sort: few terms, nearly sorted from the window before.
    for (let i = 1; i < order.length; i++) {
      const moving = order[i]!;
      let at = i;
      while (at > 0 && bounds[order[at - 1]!]! > bounds[moving]!) {
        order[at] = order[at - 1]!;
        at--;
      }
      order[at] = moving;
    }
    const prune = this.top.pruneBelow;
    let sum = 0;
    this.firstEssential = order.length;
    for (let i = 0; i < order.length; i++) {
      sum += bounds[order[i]!]!;
      restBounds[i] = sum;
      if (this.firstEssential === order.length && padded(sum) >= prune) this.firstEssential = i;
    }
    if (order.length > MAX_PARTED_TERMS && this.firstEssential < order.length) this.firstEssential = 0;
  }

  private runOne(begin: number, end: number): void {
    const { terms, order, firstEssential, top, accepted } = this;
    const index = order[firstEssential]!;
    const term = terms[index]!;
    const restBound = firstEssential === 0 ? 0 : this.restBounds[firstEssential - 1]!;
    let doc = term.doc < begin ? term.advance(begin) : term.doc;
    let block = -1;
    while (doc < end) {
      if (term.blockOf(doc) !== block) {
        block = term.blockOf(doc);
        if (padded(term.blockMaxScores[block]! + restBound) < top.pruneBelow) {
          top.skipped = true;
          doc = term.advance(term.postings.blockLastDocs[block]! + 1);
          continue;
        }
      }
      if (accepted === undefined || hasBit(accepted, doc)) {
        top.count++;
        const part = term.score();
        if (padded(part + restBound) >= top.threshold) {
          this.rest[index] = part;
          this.offer(doc, part);
          this.rest[index] = 0;
        }
      }
      doc = term.next();
    }
  }

  private runAll(begin: number, end: number): void {
    const { terms, found, top, accepted, sums } = this;
    for (let i = 0; i < terms.length; i++) collectParts(terms[i]!, begin, end, sums, 0, found);
    for (let at = 0; at < found.length; at++) {
      let word = found[at]!;
      if (word === 0) continue;
      found[at] = 0;
      while (word !== 0) {
        const lowest = word & -word;
        word ^= lowest;
        const slot = (at << 5) + 31 - Math.clz32(lowest);
        const score = sums[slot]!;
        sums[slot] = 0;
        const doc = begin + slot;
        if (accepted !== undefined && !hasBit(accepted, doc)) continue;
        top.count++;
        if (score >= top.threshold) top.offer(doc, score);
      }
    }
  }

  private runSeveral(begin: number, end: number): void {
    const { terms, order, firstEssential, found, top, accepted } = this;
    const parts = this.window.parts(terms.length);
    for (let i = firstEssential; i < order.length; i++) {
      const index = order[i]!;
      collectParts(terms[index]!, begin, end, parts, index * WINDOW, found);
    }
    const restBound = this.restBounds[firstEssential - 1]!;
    const count = order.length;
    for (let at = 0; at < found.length; at++) {
      let word = found[at]!;
      if (word === 0) continue;
      found[at] = 0;
      while (word !== 0) {
        const lowest = word & -word;
        word ^= lowest;
        const slot = (at << 5) + 31 - Math.clz32(lowest);
        const doc = begin + slot;
        let sum = 0;
        for (let i = 0, place = slot; i < count; i++, place += WINDOW) sum += parts[place]!;
        if (accepted === undefined || hasBit(accepted, doc)) {
          top.count++;
          if (padded(sum + restBound) >= top.threshold) {
            for (let i = firstEssential; i < count; i++) this.rest[order[i]!] = parts[order[i]! * WINDOW + slot]!;
            this.offer(doc, sum);
            for (let i = firstEssential; i < count; i++) this.rest[order[i]!] = 0;
          }
        }
        for (let i = 0, place = slot; i < count; i++, place += WINDOW) parts[place] = 0;
      }
    }
  }

  /** @param known sum of the essential parts, in any order; they stand in `rest` */
  private offer(doc: number, known: number): void {
    const { terms, order, rest, restBounds, top } = this;
    let sum = known;
    for (let i = this.firstEssential - 1; i >= 0; i--) {
      if (padded(sum + restBounds[i]!) < top.threshold) {
        for (let j = i + 1; j < this.firstEssential; j++) rest[order[j]!] = 0;
        return;
      }
      const index = order[i]!;
      const term = terms[index]!;
      const at = term.doc < doc ? term.advance(doc) : term.doc;
      if (at === doc) {
        rest[index] = term.score();
        sum += rest[index];
      }
    }
    let score = 0;
    for (let i = 0; i < rest.length; i++) score += rest[i]!;
    for (let i = 0; i < this.firstEssential; i++) rest[order[i]!] = 0;
    if (score >= top.threshold) top.offer(doc, score);
  }
}

/** Adds the scores of a term's documents in [begin, end) to `parts`, and the documents to `found`. */
function collectParts(
  term: TermScorer,
  begin: number,
  end: number,
  parts: Float64Array,
  offset: number,
  found: Uint32Array,
): void {
  const { weight, normInverses, norms, normMask } = term;
  if (term.doc < begin) term.advance(begin);
  while (term.doc < end) {
    const { docs, freqs, size } = term;
    term.loadFreqs();
    let at = term.at;
    for (; at < size; at++) {
      const doc = docs[at]!;
      if (doc >= end) break;
      const slot = doc - begin;
      parts[offset + slot]! += weight - weight / (1 + freqs[at]! * normInverses[norms[doc & normMask]!]!);
      found[slot >>> 5]! |= 1 << (slot & 31);
    }
    if (at < size) {
      term.at = at;
      term.doc = docs[at]!;
    } else {
      term.load(docs[size - 1]! + 1);
    }
  }
}
