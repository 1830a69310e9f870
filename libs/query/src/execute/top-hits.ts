import type { Candidate } from './segment-hits.ts';

/** Arrays for heaps of up to so many hits are kept: making them costs a small query as much as its heap. */
const MAX_KEPT = 1024;
const MAX_SPARE = 8;

/** Undefined contents between two heaps. */
class HeapBuffers {
  readonly scores: Float64Array;
  readonly docs: Int32Array;

  constructor(readonly capacity: number) {
    this.scores = new Float64Array(capacity);
    this.docs = new Int32Array(capacity);
  }
}

const spare: HeapBuffers[] = [];

const takeHeap = (capacity: number): HeapBuffers =>
  capacity > MAX_KEPT ? new HeapBuffers(capacity) : (spare.pop() ?? new HeapBuffers(MAX_KEPT));

function giveHeap(buffers: HeapBuffers): void {
  if (buffers.capacity === MAX_KEPT && spare.length < MAX_SPARE) spare.push(buffers);
}

const NO_KEYS = new Float64Array(0);

/** Where a page begins: strictly after this score, or at this score after this rank. */
export interface AfterScore {
  readonly score: number;
  /** Documents of this score follow when their rank is above; undefined: not known yet, `tied` tells whether it matters. */
  readonly rank: number | undefined;
}

/**
 * The best `limit` documents of one segment by score, then by rank (the order of `_id`): a binary heap over typed arrays
 * with the worst one at its root, and the count that total hits and pruning depend on.
 *
 * PRUNE-1: only what scores strictly below `threshold` may be skipped; equal scores are decided by rank.
 */
export class TopHits {
  /** Documents that matched, as far as they were looked at. */
  count = 0;
  /** Something that may match was skipped: `count` is a lower bound. */
  skipped = false;
  /** A document had exactly the score of `after`, whose rank was not known. */
  tied = false;
  /** Documents below this score cannot enter. */
  threshold: number;
  size = 0;
  private readonly capacity: number;
  private readonly buffers: HeapBuffers;
  private readonly scores: Float64Array;
  private readonly docs: Int32Array;

  /**
   * @param floor what earlier segments have already filled the page with: lower scores are of no use
   * @param countTo pruning begins when more documents than this were counted; Infinity: never
   */
  constructor(
    private readonly limit: number,
    private readonly ranks: Uint16Array | Uint32Array,
    floor: number,
    private readonly countTo: number,
    private readonly after?: AfterScore,
  ) {
    this.capacity = Math.min(limit, ranks.length);
    this.buffers = takeHeap(this.capacity);
    this.scores = this.buffers.scores;
    this.docs = this.buffers.docs;
    this.threshold = this.capacity === 0 ? Infinity : floor;
  }

  /** Whether documents may be skipped from the start: none must be counted. */
  get prunes(): boolean {
    return this.countTo < 0;
  }

  get isFull(): boolean {
    return this.size === this.capacity;
  }

  /** The page begins behind a hit, so parts of scores tell nothing: the whole score may belong before that hit. */
  get isLaterPage(): boolean {
    return this.after !== undefined;
  }

  /** An empty one for a trial run over the same segment: first page, nothing counted. */
  trial(): TopHits {
    return new TopHits(this.limit, this.ranks, -Infinity, Infinity);
  }

  /** Takes over a threshold that is known from elsewhere. */
  raise(threshold: number): void {
    if (threshold > this.threshold) this.threshold = threshold;
  }

  /** Bounds strictly below this need not be looked at. */
  get pruneBelow(): number {
    return this.count > this.countTo ? this.threshold : -Infinity;
  }

  /** Call with scores from the threshold on. */
  offer(doc: number, score: number): void {
    if (this.after !== undefined && !this.isAfter(doc, score)) return;
    if (this.size < this.capacity) {
      this.siftUp(this.size++, doc, score);
      if (this.size === this.capacity) this.raise(this.scores[0]!);
    } else if (this.capacity > 0 && this.worse(0, doc, score)) {
      this.siftDown(doc, score);
      this.raise(this.scores[0]!);
    }
  }

  /** The documents and scores, best first. The heap is used up: nothing else may be called after. */
  take(): Candidate[] {
    const taken: Candidate[] = [];
    while (this.size > 0) {
      const last = --this.size;
      taken.push({ doc: this.docs[0]!, score: this.scores[0]!, keys: NO_KEYS });
      if (last > 0) this.siftDown(this.docs[last]!, this.scores[last]!);
    }
    this.release();
    return taken.toReversed();
  }

  /** For a heap of which only the threshold was wanted: it is used up. */
  release(): void {
    giveHeap(this.buffers);
  }

  private isAfter(doc: number, score: number): boolean {
    const after = this.after!;
    if (score !== after.score) return score < after.score;
    if (after.rank === undefined) {
      this.tied = true;
      return false;
    }
    return this.ranks[doc]! > after.rank;
  }

  /** Whether the one at `a` is worse than a document of this score. Ranks are looked up for ties alone: they lie far apart. */
  private worse(a: number, doc: number, score: number): boolean {
    const other = this.scores[a]!;
    return other < score || (other === score && this.ranks[this.docs[a]!]! > this.ranks[doc]!);
  }

  private siftUp(from: number, doc: number, score: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.worse(parent, doc, score)) break;
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
      if (child + 1 < this.size && this.worse(child + 1, this.docs[child]!, this.scores[child]!)) child++;
      if (!this.worse(child, doc, score)) break;
      this.copy(child, at);
      at = child;
    }
    this.put(at, doc, score);
  }

  private copy(from: number, to: number): void {
    this.scores[to] = this.scores[from]!;
    this.docs[to] = this.docs[from]!;
  }

  private put(at: number, doc: number, score: number): void {
    this.scores[at] = score;
    this.docs[at] = doc;
  }
}
