/** Up to so many values are kept as they are. */
export const EXACT_VALUES = 128;

/** As JSON. Bins are flat pairs of number and count, by rising number. */
export interface QuantileState {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** All values, ascending, while there are few. */
  readonly values?: readonly number[];
  readonly zeros?: number;
  readonly positive?: readonly number[];
  readonly negative?: readonly number[];
}

type Bins = Map<number, number>;

/**
 * Quantiles of any number of values: exact up to EXACT_VALUES, then a DDSketch (Masson, Rim and Lee, 2019): bins whose
 * bounds grow by a factor, so that every value is known to a relative error of `accuracy`. Bins are never collapsed.
 *
 * AGG-2: the state depends on the values alone, not on how they came together.
 */
export class QuantileSketch {
  private count = 0;
  private min = Infinity;
  private max = -Infinity;
  private values: number[] | undefined = [];
  private zeros = 0;
  private readonly positive: Bins = new Map();
  private readonly negative: Bins = new Map();
  private readonly gamma: number;
  private readonly binsPerLog: number;

  constructor(accuracy: number) {
    this.gamma = (1 + accuracy) / (1 - accuracy);
    this.binsPerLog = 1 / Math.log(this.gamma);
  }

  add(value: number): void {
    this.count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (!this.values) {
      this.bin(value);
      return;
    }
    this.values.push(value);
    if (this.values.length > EXACT_VALUES) this.condense();
  }

  private condense(): void {
    const { values } = this;
    this.values = undefined;
    for (const value of values!) this.bin(value);
  }

  private bin(value: number): void {
    if (value === 0) this.zeros++;
    else if (value > 0) addTo(this.positive, this.binOf(value), 1);
    else addTo(this.negative, this.binOf(-value), 1);
  }

  private binOf(size: number): number {
    return Math.ceil(Math.log(size) * this.binsPerLog) + 0;
  }

  /** The size that is at most `accuracy` away from every one in the bin. */
  private sizeOf(bin: number): number {
    return (2 * Math.exp(bin / this.binsPerLog)) / (this.gamma + 1);
  }

  addState(state: QuantileState): this {
    if (state.values) {
      for (const value of state.values) this.add(value);
      return this;
    }
    if (this.values) this.condense();
    this.count += state.count;
    this.min = Math.min(this.min, state.min);
    this.max = Math.max(this.max, state.max);
    this.zeros += state.zeros!;
    for (const [own, other] of [
      [this.positive, state.positive!],
      [this.negative, state.negative!],
    ] as const) {
      for (let i = 0; i < other.length; i += 2) addTo(own, other[i]!, other[i + 1]!);
    }
    return this;
  }

  toState(): QuantileState {
    const { count } = this;
    const [min, max] = count === 0 ? [0, 0] : [this.min, this.max];
    if (this.values) return { count, min, max, values: this.values.toSorted((a, b) => a - b) };
    const pairs = (bins: Bins): number[] => ascending(bins).flat();
    return {
      count,
      min,
      max,
      zeros: this.zeros,
      positive: pairs(this.positive),
      negative: pairs(this.negative),
    };
  }

  /** The value that `percent` % of the values do not exceed; null without values. Between two exact values: their line. */
  percentile(percent: number): number | null {
    if (this.count === 0) return null;
    const place = (percent / 100) * (this.count - 1);
    if (this.values) {
      const sorted = this.values.toSorted((a, b) => a - b);
      const at = Math.floor(place);
      const next = Math.min(at + 1, sorted.length - 1);
      return sorted[at]! + (sorted[next]! - sorted[at]!) * (place - at);
    }
    if (percent === 0) return this.min;
    if (percent === 100) return this.max;
    let seen = 0;
    for (const { value, count } of this.bins()) {
      seen += count;
      if (seen > place) return Math.min(this.max, Math.max(this.min, value));
    }
    return this.max;
  }

  /** How many % of the values do not exceed this one; null without values. */
  rank(value: number): number | null {
    if (this.count === 0) return null;
    if (this.values) return (100 * this.values.filter((one) => one <= value).length) / this.count;
    if (value < this.min) return 0;
    if (value >= this.max) return 100;
    const bin = value === 0 ? 0 : this.binOf(Math.abs(value));
    let below = 0;
    for (const [number, count] of this.negative) if (value >= 0 || number >= bin) below += count;
    if (value >= 0) below += this.zeros;
    if (value > 0) for (const [number, count] of this.positive) if (number <= bin) below += count;
    return (100 * below) / this.count;
  }

  /** By rising value. */
  private *bins(): Generator<{ value: number; count: number }> {
    for (const [bin, count] of ascending(this.negative).toReversed()) yield { value: -this.sizeOf(bin), count };
    if (this.zeros > 0) yield { value: 0, count: this.zeros };
    for (const [bin, count] of ascending(this.positive)) yield { value: this.sizeOf(bin), count };
  }
}

function addTo(bins: Bins, bin: number, count: number): void {
  bins.set(bin, (bins.get(bin) ?? 0) + count);
}

const ascending = (bins: Bins): [number, number][] => [...bins].toSorted(([a], [b]) => a - b);
