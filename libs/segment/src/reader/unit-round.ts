import { corrupt } from '#libs/kernel';
import type { AheadRange, Pending } from '../segment-reader.ts';
import { checkedBody, type UnitRange } from '../unit.ts';
import { PendingValue } from './pending-value.ts';
import type { SegmentParts } from './segment-parts.ts';

/** What a wave has once it has been read: by offset, units that were parsed already, and the bytes of the others. */
export interface Fetched {
  readonly held: ReadonlyMap<number, object>;
  readonly units: ReadonlyMap<number, Uint8Array>;
  /** What was parsed of them so far. */
  readonly parsed: Map<number, object>;
}
type Step = (fetched: Fetched) => void;

const NONE_AHEAD: readonly AheadRange[] = [];
const NO_UNITS: ReadonlyMap<number, Uint8Array> = new Map();
/** Where every unit was held, nothing is parsed. */
const NONE_PARSED = new Map<number, object>();

/** Bytes held for a byte of a unit: of views on it and the heads around them. */
export const VIEW_BYTES = 2;

function settle(steps: readonly Step[], fetched: Fetched): void {
  for (let i = 0; i < steps.length; i++) steps[i]!(fetched);
}

function bytesAt({ units }: Fetched, { offset, length }: UnitRange): Uint8Array {
  const unit = units.get(offset);
  if (!unit) throw corrupt(`the source answered nothing for ${offset}+${length}`);
  return unit;
}

/**
 * The units that a round of reading needs, and what is to be done with them. What is hot is not read; what is read is
 * verified and parsed once a flush.
 */
export class UnitRound {
  /** By offset: units do not overlap, so an offset names one. */
  private ranges = new Map<number, UnitRange>();
  private held = new Map<number, object>();
  private steps: Step[] = [];
  /** What was asked for and answered on the spot. */
  private answered = 0;
  /** What the next round will probably need. */
  private ahead: readonly AheadRange[] = NONE_AHEAD;

  constructor(protected readonly parts: SegmentParts) {}

  /** Answers at once when everything is at hand. */
  flush(): Promise<void> | undefined {
    const { ranges, steps, held, ahead } = this;
    const known = held.size + this.answered;
    if (known > 0) this.parts.source.noteHeld?.(known);
    this.answered = 0;
    if (ranges.size === 0 && steps.length === 0) return undefined;
    this.ranges = new Map();
    this.held = new Map();
    this.steps = [];
    if (ranges.size > 0) {
      this.ahead = NONE_AHEAD;
      return this.readAndSettle(ranges, ahead, held, steps);
    }
    settle(steps, { held, units: NO_UNITS, parsed: NONE_PARSED });
    return undefined;
  }

  private async readAndSettle(
    asked: ReadonlyMap<number, UnitRange>,
    ahead: readonly AheadRange[],
    held: ReadonlyMap<number, object>,
    steps: readonly Step[],
  ): Promise<void> {
    const ranges = [...asked.values()].toSorted((a, b) => a.offset - b.offset);
    const read = await this.parts.source.read(ranges, ahead);
    const units = new Map<number, Uint8Array>();
    for (let i = 0; i < ranges.length; i++) if (read[i]) units.set(ranges[i]!.offset, read[i]!);
    settle(steps, { held, units, parsed: new Map() });
  }

  /** @returns whether it must be read, and was not asked for before */
  protected need(range: UnitRange): boolean {
    const { offset, length } = range;
    if (length === 0 || this.ranges.has(offset) || this.held.has(offset)) return false;
    const parsed = this.parts.hot.get(offset);
    if (parsed !== undefined) {
      this.held.set(offset, parsed);
      return false;
    }
    this.ranges.set(offset, { offset, length });
    return true;
  }

  protected noteAnswered(): void {
    this.answered++;
  }

  /** What is known before anything is read. */
  protected atOnce<T>(value: T): Pending<T> {
    this.answered++;
    return { value };
  }

  /** A unit that is parsed as a whole. @param bytesOf that what is parsed holds */
  protected unit<T extends object>(
    range: UnitRange,
    parse: (body: Uint8Array) => T,
    bytesOf?: (parsed: T) => number,
  ): Pending<T> {
    const known = this.parts.hot.get(range.offset);
    if (known !== undefined) return this.atOnce(known as T);
    this.need(range);
    return this.afterwards((fetched) => this.parse(range, fetched, parse, bytesOf));
  }

  protected needNext(range: AheadRange): void {
    if (range.length > 0) this.ahead = [...this.ahead, range];
  }

  protected afterwards<T>(step: (fetched: Fetched) => T): Pending<T> {
    const pending = new PendingValue<T>();
    this.steps.push((fetched) => pending.settle(step(fetched)));
    return pending;
  }

  /** The unit, parsed once. @param bytesOf that what is parsed holds */
  protected parse<T extends object>(
    range: UnitRange,
    fetched: Fetched,
    parse: (body: Uint8Array) => T,
    bytesOf: (parsed: T) => number = () => VIEW_BYTES * range.length,
  ): T {
    const { offset } = range;
    const known = fetched.held.get(offset) ?? fetched.parsed.get(offset);
    if (known !== undefined) return known as T;
    const parsed = parse(checkedBody(bytesAt(fetched, range), range));
    fetched.parsed.set(offset, parsed);
    this.parts.hot.put(range, parsed, bytesOf(parsed));
    return parsed;
  }
}
