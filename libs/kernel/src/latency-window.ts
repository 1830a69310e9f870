export interface Pace {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** The latest durations of one kind of work, for quantiles that follow the present. */
export class LatencyWindow {
  private readonly durations: Float64Array;
  private count = 0;
  private known: Pace | undefined;
  private knownAt = 0;

  /** @param size so many durations are remembered; 256 give a p95 that a dozen of them decide */
  constructor(size = 256) {
    this.durations = new Float64Array(size);
  }

  add(ms: number): void {
    this.durations[this.count++ % this.durations.length] = ms;
  }

  /** Undefined while there are too few to speak of a p95; made anew after every few durations. */
  pace(): Pace | undefined {
    if (this.count < MIN_KNOWN || (this.known && this.count - this.knownAt < MIN_KNOWN)) return this.known;
    const size = Math.min(this.count, this.durations.length);
    const sorted = this.durations.slice(0, size).toSorted();
    const quantile = (share: number): number => sorted[Math.floor(size * share)]!;
    this.known = { p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99) };
    this.knownAt = this.count;
    return this.known;
  }
}

const MIN_KNOWN = 20;
