import type { TermLocation } from '../dictionary/dictionary-block.ts';
import type { BlockPostings } from '../postings/block-postings.ts';
import type { Pending, TermInfo } from '../segment-reader.ts';
import { keepHot, touchHot, type HotEntry } from './hot-memory.ts';

/** Terms of a segment that are remembered as asked for once. */
const MAX_SEEN = 2048;
/** Of an entry with its place in two maps, the term's info and text. */
const ENTRY_BYTES = 700;

/**
 * The terms of one segment that were asked for again, with their parsed postings: found by their text, without a look into
 * the dictionary. Bounded together with the parsed units of all segments (`limitHotUnits`).
 */
export class HotTerms {
  private readonly fields = new Map<string, Map<string, HotTerm>>();
  private readonly seen = new Set<string>();

  get(field: string, term: string): HotTerm | undefined {
    const found = this.fields.get(field)?.get(term);
    if (found !== undefined) touchHot(found);
    return found;
  }

  /** Notes that a term was looked up; from the second time on it is kept. */
  note(info: TermInfo): void {
    const { field, term } = info;
    const key = `${field}\0${term}`;
    if (!this.seen.delete(key)) {
      if (this.seen.size === MAX_SEEN) this.seen.clear();
      this.seen.add(key);
      return;
    }
    let terms = this.fields.get(field);
    if (terms === undefined) this.fields.set(field, (terms = new Map()));
    if (terms.has(term)) return;
    const hot = new HotTerm(info, terms);
    terms.set(term, hot);
    if (!keepHot(hot)) hot.drop();
  }
}

/** A term that is known: the answer to a look-up as it stands. */
export class HotTerm implements HotEntry, Pending<TermInfo> {
  readonly value: LocatedTerm;
  bytes: number;
  private kept = true;
  private parsed: BlockPostings | undefined;

  constructor(
    info: TermInfo,
    private readonly home: Map<string, HotTerm>,
  ) {
    this.value = { ...info, location: ownPlaces(info.location as TermLocation), hot: this };
    this.bytes = ENTRY_BYTES + 2 * info.term.length;
  }

  /** Undefined where they were not parsed yet, or without the positions. */
  postings(withPositions: boolean): BlockPostings | undefined {
    return withPositions && this.parsed?.hasPositions === false ? undefined : this.parsed;
  }

  /** @param bytes that they hold beyond what is kept already */
  keep(postings: BlockPostings, bytes: number): void {
    if (!this.kept || this.postings(postings.hasPositions) !== undefined) return;
    this.parsed = postings;
    this.bytes += bytes;
    if (!keepHot(this)) this.drop();
  }

  drop(): void {
    this.kept = false;
    // Whoever still holds the term's info must not hold its postings too.
    this.parsed = undefined;
    if (this.home.get(this.value.term) === this) this.home.delete(this.value.term);
  }
}

/** A term's info that leads back to what is kept of it. */
export interface LocatedTerm extends TermInfo {
  readonly hot?: HotTerm;
}

/** A body that stands in the dictionary must not keep the whole block's bytes alive. */
function ownPlaces({ totalTermFreq, postings, positions }: TermLocation): TermLocation {
  return {
    totalTermFreq,
    postings: postings instanceof Uint8Array ? postings.slice() : postings,
    positions: positions instanceof Uint8Array ? positions.slice() : positions,
  };
}
