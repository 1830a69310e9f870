import { NO_MORE_DOCS, type PostingsCursor } from '#libs/segment';

/** What phrases need of a cursor. */
export type PhraseCursor = Pick<PostingsCursor, 'doc' | 'advance' | 'freq' | 'positions' | 'release'>;

/** The documents and positions of several terms, as if they were one. */
export class UnionCursor implements PhraseCursor {
  doc = -1;
  private buffer = new Int32Array(64);

  /** @param cursors before their first document */
  constructor(private readonly cursors: readonly PhraseCursor[]) {}

  release(): void {
    for (const cursor of this.cursors) cursor.release();
  }

  advance(target: number): number {
    let least = NO_MORE_DOCS;
    for (const cursor of this.cursors) {
      const doc = cursor.doc < target ? cursor.advance(target) : cursor.doc;
      if (doc < least) least = doc;
    }
    this.doc = least;
    return least;
  }

  /** At least as many as there are positions: two terms may stand at one. */
  freq(): number {
    let sum = 0;
    for (const cursor of this.cursors) if (cursor.doc === this.doc) sum += cursor.freq();
    return sum;
  }

  positions(out: Int32Array): number {
    let length = 0;
    for (const cursor of this.cursors) {
      if (cursor.doc !== this.doc) continue;
      if (this.buffer.length < cursor.freq()) this.buffer = new Int32Array(2 * cursor.freq());
      const count = cursor.positions(this.buffer);
      out.set(this.buffer.subarray(0, count), length);
      length += count;
    }
    out.subarray(0, length).sort();
    let kept = 0;
    for (let at = 0; at < length; at++) if (at === 0 || out[at] !== out[at - 1]) out[kept++] = out[at]!;
    return kept;
  }
}
