/**
 * A sum of doubles without rounding: Shewchuk's expansions (Adaptive Precision Floating-Point Arithmetic, 1997; the
 * algorithm of Python's math.fsum). AGG-1: sums of the same values are the same to the last bit, in whatever order and
 * however split they were added.
 */
export class ExactSum {
  /** Not overlapping, of rising magnitude; their exact sum is the sum. */
  private parts: number[] = [];
  /** Whole numbers while they stay exact: most sums never need parts. */
  private whole = 0;
  /** Beyond what a double can hold. */
  private overflown = false;

  add(value: number): void {
    const sum = this.whole + value;
    if (Number.isSafeInteger(sum) && Number.isSafeInteger(value)) this.whole = sum;
    else this.grow(value);
  }

  /** Adds a · b without rounding (Dekker, 1971), as far as its last bits are no smaller than doubles can be. */
  addProduct(a: number, b: number): this {
    const product = a * b;
    this.add(product);
    const [aHigh, aLow] = split(a);
    const [bHigh, bLow] = split(b);
    const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
    if (error !== 0 && Number.isFinite(error)) this.grow(error);
    return this;
  }

  private grow(value: number): void {
    const { parts } = this;
    let x = value;
    let kept = 0;
    for (const part of parts) {
      let y = part;
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y;
      const low = y - (high - x);
      if (low !== 0) parts[kept++] = low;
      x = high;
    }
    parts.length = kept;
    if (!Number.isFinite(x)) this.overflown = true;
    else if (x !== 0) parts.push(x);
  }

  /** The sum as JSON: the one shortest list of doubles, of falling magnitude, that it is the exact sum of; null when beyond doubles. */
  toParts(): number[] | null {
    const rest = new ExactSum();
    rest.parts = [...this.parts];
    rest.overflown = this.overflown;
    rest.grow(this.whole);
    const parts: number[] = [];
    while (!rest.overflown && rest.parts.length > 0) {
      const rounded = rest.rounded();
      parts.push(rounded);
      rest.grow(-rounded);
    }
    return rest.overflown ? null : parts;
  }

  static of(parts: readonly number[] | null): ExactSum {
    const sum = new ExactSum();
    if (parts === null) sum.overflown = true;
    else for (const part of parts) sum.grow(part);
    return sum;
  }

  addParts(parts: readonly number[] | null): this {
    if (parts === null) this.overflown = true;
    else for (const part of parts) this.grow(part);
    return this;
  }

  /** The double next to the exact sum, ties to even. */
  private rounded(): number {
    const { parts } = this;
    let at = parts.length - 1;
    let high = parts[at]!;
    let low = 0;
    while (at > 0) {
      const x = high;
      const y = parts[--at]!;
      high = x + y;
      low = y - (high - x);
      if (low !== 0) break;
    }
    // Exactly half way: what is left below decides.
    if (at > 0 && ((low < 0 && parts[at - 1]! < 0) || (low > 0 && parts[at - 1]! > 0))) {
      const twice = low * 2;
      const x = high + twice;
      if (twice === x - high) high = x;
    }
    return high;
  }
}

/** The upper and the lower half of a double's digits. */
function split(value: number): [number, number] {
  const shifted = value * 134_217_729;
  const high = shifted - (shifted - value);
  return [high, value - high];
}

/** The sum that parts stand for, as a double; null when beyond doubles. */
export const sumOfParts = (parts: readonly number[] | null): number | null => (parts === null ? null : (parts[0] ?? 0));
