import { bytesSource, type AheadRange, type SegmentSource } from '#libs/segment';
import type { OpeningRange } from './opening-range.ts';

/** What was read on opening a segment: answered from those bytes from then on, always with the same views. */
export class HeldRange {
  private readonly own: SegmentSource;

  constructor(
    private readonly range: OpeningRange,
    bytes: Uint8Array,
  ) {
    this.own = bytesSource(bytes);
  }

  /** What does not lie within the range comes from below, in one call. */
  over(below: SegmentSource): SegmentSource {
    return new HeldSource(this, below);
  }

  has({ offset, length }: OpeningRange): boolean {
    const { range } = this;
    return offset >= range.offset && offset + length <= range.offset + range.length;
  }

  read(ranges: readonly OpeningRange[]): Promise<Uint8Array[]> {
    return this.own.read(ranges.map(({ offset, length }) => ({ offset: offset - this.range.offset, length })));
  }
}

class HeldSource implements SegmentSource {
  constructor(
    private readonly held: HeldRange,
    private readonly below: SegmentSource,
  ) {}

  noteHeld(units: number): void {
    this.below.noteHeld?.(units);
  }

  async read(ranges: readonly OpeningRange[], ahead: readonly AheadRange[] = []): Promise<Uint8Array[]> {
    const { held, below } = this;
    const others = ranges.filter((range) => !held.has(range));
    const [near, far] = await Promise.all([
      held.read(ranges.filter((range) => held.has(range))),
      others.length > 0
        ? below.read(
            others,
            ahead.filter((range) => !held.has(range)),
          )
        : [],
    ]);
    if (near.length > 0) below.noteHeld?.(near.length);
    let nextNear = 0;
    let nextFar = 0;
    return ranges.map((range) => (held.has(range) ? near[nextNear++]! : far[nextFar++]!));
  }
}
