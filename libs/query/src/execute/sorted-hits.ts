import type { SortColumn } from './sort-column.ts';

/** Where a page begins, in a segment's own numbers: see SortColumn. */
export interface AfterKeys {
  readonly keys: readonly number[];
  /** Documents with these keys follow when their rank is above (below when descending); undefined: not known yet. */
  readonly rank: number | undefined;
}

/** The first `limit` documents of one segment by sort columns, then by rank (the order of `_id`): a bounded heap. */
export class SortedHits {
  /** A document had exactly the keys of `after`, whose rank was not known. */
  tied = false;
  size = 0;
  private readonly width: number;
  private readonly capacity: number;
  /** Entry e: keys at [e · width …], the last one is the rank, negative when ids descend. */
  private readonly keys: Float64Array;
  private readonly docs: Int32Array;
  private readonly scores: Float64Array;
  private readonly candidate: Float64Array;
  private readonly afterKeys: Float64Array | undefined;

  /** @param ceiling what earlier segments have already filled the page with: larger first keys are of no use */
  constructor(
    limit: number,
    private readonly columns: readonly SortColumn[],
    private readonly ranks: Uint16Array | Uint32Array,
    private readonly idDescending: boolean,
    private readonly after?: AfterKeys,
    private readonly ceiling = Infinity,
  ) {
    this.capacity = Math.min(limit, ranks.length);
    this.width = columns.length + 1;
    this.keys = new Float64Array(this.capacity * this.width);
    this.docs = new Int32Array(this.capacity);
    this.scores = new Float64Array(this.capacity);
    this.candidate = new Float64Array(this.width);
    if (after) {
      const rank = after.rank ?? Infinity;
      this.afterKeys = Float64Array.of(...after.keys, idDescending && after.rank !== undefined ? -rank : rank);
    }
  }

  /** Documents whose first key is above this cannot enter. */
  get skipAbove(): number {
    if (this.capacity === 0) return -Infinity;
    return this.size < this.capacity ? this.ceiling : Math.min(this.ceiling, this.keys[0]!);
  }

  offer(doc: number, score: number): void {
    const { columns, candidate, capacity } = this;
    if (capacity === 0) return;
    const last = columns.length;
    for (let i = 0; i < last; i++) candidate[i] = columns[i]!.valueOf(doc);
    candidate[last] = this.idDescending ? -this.ranks[doc]! : this.ranks[doc]!;
    if (this.afterKeys !== undefined && !this.isAfter(this.afterKeys)) return;
    if (this.size < capacity) this.siftUp(this.size++, doc, score);
    else if (this.compareWith(0) < 0) this.siftDown(doc, score);
  }

  /** The documents in order, with their keys. The heap is used up. */
  take(): { doc: number; score: number; keys: Float64Array }[] {
    const { width } = this;
    const keysAt = (at: number): Float64Array => this.keys.subarray(at * width, (at + 1) * width);
    const order = Array.from({ length: this.size }, (_, at) => at).toSorted((a, b) =>
      compareKeys(keysAt(a), keysAt(b)),
    );
    return order.map((at) => ({ doc: this.docs[at]!, score: this.scores[at]!, keys: keysAt(at).slice(0, width - 1) }));
  }

  private isAfter(after: Float64Array): boolean {
    const order = compareKeys(this.candidate, after);
    if (order > 0) return true;
    if (this.after!.rank === undefined) {
      const last = this.width - 1;
      let i = 0;
      while (i < last && this.candidate[i] === after[i]) i++;
      if (i === last) this.tied = true;
    }
    return false;
  }

  /** Order of the candidate and an entry. */
  private compareWith(entry: number): number {
    const { candidate, keys, width } = this;
    const at = entry * width;
    for (let i = 0; i < width; i++) {
      const a = candidate[i]!;
      const b = keys[at + i]!;
      if (a !== b) return a < b ? -1 : 1;
    }
    return 0;
  }

  private siftUp(from: number, doc: number, score: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.compareWith(parent) <= 0) break;
      this.copy(parent, at);
      at = parent;
    }
    this.put(at, doc, score);
  }

  private siftDown(doc: number, score: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.compareEntries(child + 1, child) > 0) child++;
      if (this.compareWith(child) >= 0) break;
      this.copy(child, at);
      at = child;
    }
    this.put(at, doc, score);
  }

  private compareEntries(a: number, b: number): number {
    const { keys, width } = this;
    for (let i = 0; i < width; i++) {
      const x = keys[a * width + i]!;
      const y = keys[b * width + i]!;
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  }

  private copy(from: number, to: number): void {
    this.keys.copyWithin(to * this.width, from * this.width, (from + 1) * this.width);
    this.docs[to] = this.docs[from]!;
    this.scores[to] = this.scores[from]!;
  }

  private put(at: number, doc: number, score: number): void {
    this.keys.set(this.candidate, at * this.width);
    this.docs[at] = doc;
    this.scores[at] = score;
  }
}

function compareKeys(a: Float64Array, b: Float64Array): number {
  for (let i = 0; i < a.length; i++) if (a[i]! !== b[i]!) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}
