/**
 * The Pareto-optimal (frequency, norm) pairs of a block, ascending in both: a document is left out when another one has
 * at least its frequency in at most its length. Merging two neighbours into (higher frequency, lower norm) keeps the
 * bound valid; the pair whose frequencies are nearest by ratio is merged, as that loosens the bound least.
 */
export class ImpactCollector {
  count = 0;
  readonly freqs = new Int32Array(256);
  readonly norms = new Uint8Array(256);
  private readonly freqOfNorm = new Int32Array(256);
  /** Which norms occur: bit n of eight words. */
  private readonly seen = new Int32Array(8);

  /** @param norms norm byte by document @param limit pairs to keep, ≥ 1 */
  collect(docs: Int32Array, freqs: Int32Array, at: number, size: number, norms: Uint8Array, limit: number): void {
    const { freqOfNorm, seen } = this;
    for (let i = at; i < at + size; i++) {
      const norm = norms[docs[i]!]!;
      const freq = freqs[i]!;
      seen[norm >>> 5]! |= 1 << (norm & 31);
      if (freq > freqOfNorm[norm]!) freqOfNorm[norm] = freq;
    }
    let count = 0;
    let best = 0;
    for (let word = 0; word < 8; word++) {
      for (let bits = seen[word]!; bits !== 0; bits &= bits - 1) {
        const norm = (word << 5) + 31 - Math.clz32(bits & -bits);
        const freq = freqOfNorm[norm]!;
        freqOfNorm[norm] = 0;
        if (freq <= best) continue;
        best = freq;
        this.freqs[count] = freq;
        this.norms[count++] = norm;
      }
      seen[word] = 0;
    }
    this.count = count;
    while (this.count > limit) this.mergeNearest();
  }

  private mergeNearest(): void {
    const { freqs, norms } = this;
    let nearest = 0;
    let highest = 0;
    for (let i = 0; i + 1 < this.count; i++) {
      const ratio = freqs[i]! / freqs[i + 1]!;
      if (ratio > highest) {
        highest = ratio;
        nearest = i;
      }
    }
    freqs.copyWithin(nearest, nearest + 1, this.count);
    norms.copyWithin(nearest + 1, nearest + 2, this.count);
    this.count--;
  }
}
