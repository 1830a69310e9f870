import type { Pending, Postings, ReadWave, SegmentReader, TermInfo, TermReach } from '#libs/segment';
import { hasTerms } from '../score/has-terms.ts';
import { TermMap } from '../score/term-map.ts';

/** The terms of one query in one segment: asked for in round 1; of those that are wanted, the postings in round 2. */
export class SegmentTerms {
  private readonly slots = new TermMap<TermSlot>();
  private readonly wanted: WantedSlot[] = [];

  constructor(private readonly reader: SegmentReader) {}

  /** @param reach what the next round asks of the term */
  ask(wave: ReadWave, field: string, term: string, reach?: TermReach): void {
    if (this.slots.get(field, term)?.asked || !hasTerms(this.reader, field)) return;
    this.slot(field, term).asked = wave.term(field, term, reach);
  }

  /** A term that was found in another way than by asking for it. */
  learn(field: string, term: string, info: TermInfo | undefined): void {
    this.slot(field, term).asked = { value: info };
  }

  /** Undefined: the segment does not have it, or it was not asked for. */
  info(field: string, term: string): TermInfo | undefined {
    return this.slots.get(field, term)?.asked?.value;
  }

  /** That its postings are needed. */
  want(info: TermInfo, positions: boolean): void {
    const slot = this.slot(info.field, info.term);
    if (slot.wanted === undefined) {
      slot.wanted = info;
      this.wanted.push(slot as WantedSlot);
    }
    if (positions) slot.wantsPositions = true;
  }

  /** What is wanted and was not asked for yet, or without the positions. */
  askPostings(wave: ReadWave): void {
    for (const slot of this.wanted) {
      if (slot.postings !== undefined && slot.hasPositions === slot.wantsPositions) continue;
      slot.postings = wave.postings(slot.wanted, slot.wantsPositions);
      slot.hasPositions = slot.wantsPositions;
    }
  }

  /** After round 2. */
  postings({ field, term }: TermInfo): Postings {
    return this.slots.get(field, term)!.postings!.value;
  }

  private slot(field: string, term: string): TermSlot {
    let slot = this.slots.get(field, term);
    if (slot === undefined) this.slots.set(field, term, (slot = new TermSlot()));
    return slot;
  }
}

class TermSlot {
  asked: Pending<TermInfo | undefined> | undefined = undefined;
  wanted: TermInfo | undefined = undefined;
  wantsPositions = false;
  postings: Pending<Postings> | undefined = undefined;
  hasPositions = false;
}

type WantedSlot = TermSlot & { readonly wanted: TermInfo };
