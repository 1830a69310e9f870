/** RFC 8878: 3.1.1 and 3.1.2. */
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const RLE_BLOCK = 1;

/**
 * The same bytes of Zstandard frames, cut so that no chunk reaches beyond the end of a frame. Node's decompressor drops what
 * stands behind a frame's end in the same chunk, and files of several frames are common: whatever compresses in parallel
 * makes them, and so does `cat a.zst b.zst`. What are no frames is passed on as it is, for the decompressor to refuse.
 */
export async function* zstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new FrameWalk();
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const end = frames.walk(chunk, from);
      yield from === 0 && end === chunk.length ? chunk : chunk.subarray(from, end);
      from = end;
    }
  }
}

type Step = 'magic' | 'descriptor' | 'block' | 'skippable' | 'payload' | 'unknown';

/** How many bytes make up the number that each step begins with. */
const HEAD_BYTES: Readonly<Record<Step, number>> = {
  magic: 4,
  descriptor: 1,
  block: 3,
  skippable: 4,
  payload: 0,
  unknown: 0,
};

/** Walks through frames by their headers alone; keeps its place from chunk to chunk. */
class FrameWalk {
  private step: Step = 'magic';
  /** Of the number that is being read. */
  private head = 0;
  private headBytes = 0;
  /** Bytes to pass over before `next`. */
  private left = 0;
  private next: Step = 'magic';
  private hasChecksum = false;

  /** Where the frame that stands at `from` ends, or the chunk, whichever comes first. */
  walk(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.isAt('unknown')) return chunk.length;
      if (this.isAt('payload')) {
        const passed = Math.min(this.left, chunk.length - at);
        at += passed;
        this.left -= passed;
        if (this.left > 0) return at;
        this.begin(this.next);
        if (this.isAt('magic')) return at;
        continue;
      }
      this.head += chunk[at++]! * 2 ** (8 * this.headBytes++);
      if (this.headBytes === HEAD_BYTES[this.step]) {
        this.take(this.head);
        // Nothing to pass over: the next step, or the next frame, begins here.
        if (this.isAt('payload') && this.left === 0) {
          this.begin(this.next);
          if (this.isAt('magic')) return at;
        }
      }
    }
    return at;
  }

  private take(head: number): void {
    if (this.step === 'magic') {
      const isSkippable = head - (head % 16) === SKIPPABLE_MAGIC;
      this.begin(head === MAGIC ? 'descriptor' : isSkippable ? 'skippable' : 'unknown');
    } else if (this.step === 'descriptor') {
      const isSingleSegment = (head & 0x20) !== 0;
      this.hasChecksum = (head & 0x04) !== 0;
      const sizeFlag = head >>> 6;
      const contentSizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 2 ** sizeFlag;
      this.pass(
        Number(!isSingleSegment) + DICTIONARY_ID_BYTES[(head & 3) as 0 | 1 | 2 | 3] + contentSizeBytes,
        'block',
      );
    } else if (this.step === 'block') {
      const isLast = (head & 1) === 1;
      const bytes = ((head >>> 1) & 3) === RLE_BLOCK ? 1 : head >>> 3;
      if (isLast) this.pass(bytes + (this.hasChecksum ? 4 : 0), 'magic');
      else this.pass(bytes, 'block');
    } else this.pass(head, 'magic');
  }

  private isAt(step: Step): boolean {
    return this.step === step;
  }

  private begin(step: Step): void {
    this.step = step;
    this.head = 0;
    this.headBytes = 0;
  }

  private pass(bytes: number, next: Step): void {
    this.begin('payload');
    this.left = bytes;
    this.next = next;
  }
}
