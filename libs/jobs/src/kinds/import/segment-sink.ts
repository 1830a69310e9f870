import { analysisOf, type AnalysisSettings } from '#libs/analysis';
import { Yielder, type Clock } from '#libs/kernel';
import { createSegmentBuilder, type SegmentBuilder } from '#libs/segment';
import type { SegmentOutput } from '../../building/build-site.ts';
import { SegmentFlush } from '../../building/segment-flush.ts';
import type { ImportedSegment } from './import-partial.ts';

/** Of an indexing task's memory, what a builder may hold before its segment is written. */
const BUILDER_SHARE = 0.5;
/** What the one that builds and the one that is written may hold together; the rest is for reading and uploading. */
const BOTH_SHARE = 0.75;

export interface SegmentSinkParts {
  readonly output: SegmentOutput;
  readonly clock: Clock;
  /** What one indexing task may hold, in bytes. */
  readonly memoryBytes: number;
}

/**
 * Takes mapped documents and leaves segments in the object store, a new one whenever the memory it may hold is full. While
 * one segment is encoded and uploaded the next is built, and never more than these two: who adds documents waits for the
 * store when it is slower (BLD-1). Whoever does not come to `finish` calls `abandon` (BLD-2).
 */
export class SegmentSink {
  private current: SegmentBuilder | undefined;
  private flushing: SegmentFlush | undefined;
  private readonly written: ImportedSegment[] = [];

  constructor(
    private readonly parts: SegmentSinkParts,
    private readonly origin: { readonly task: number; readonly jobAttempt: number },
  ) {}

  /**
   * The builder to add the next document to. Not kept over an `await`.
   * @param analysis of the index; it never changes, so that of the first call is everyone's
   */
  builder(analysis: AnalysisSettings | undefined): SegmentBuilder {
    this.current ??= createSegmentBuilder({ analyzer: analysisOf(analysis).analyzer });
    return this.current;
  }

  /**
   * Call between documents: begins to write the segment if it has grown to its budget, and waits while both segments hold more
   * than theirs. Throws what the upload of the segment before has failed with.
   */
  async makeRoom(): Promise<void> {
    const { memoryBytes } = this.parts;
    if (this.flushing?.isOver) this.takeFlushed();
    if (!this.current) return;
    const { heldBytes } = this.current;
    if (heldBytes >= memoryBytes * BUILDER_SHARE) await this.flush();
    while (this.flushing && this.heldBytes > memoryBytes * BOTH_SHARE) {
      await this.flushing.progress();
      if (this.flushing.isOver) this.takeFlushed();
    }
  }

  /** Writes what is left; answers all segments in the order of their documents. */
  async finish(): Promise<readonly ImportedSegment[]> {
    if (this.current && this.current.docCount > 0) await this.flush();
    await this.flushed();
    return this.written;
  }

  /** Stops what is being written, so that nothing of it stays in the store. Never rejects. */
  async abandon(): Promise<void> {
    this.current = undefined;
    await this.flushing?.stop();
  }

  private get heldBytes(): number {
    return (this.current?.heldBytes ?? 0) + (this.flushing?.heldBytes ?? 0);
  }

  private async flush(): Promise<void> {
    await this.flushed();
    const builder = this.current!;
    this.current = undefined;
    this.flushing = new SegmentFlush(builder.finish(new Yielder(this.parts.clock)), this.parts.output);
  }

  private async flushed(): Promise<void> {
    await this.flushing?.over;
    this.takeFlushed();
  }

  private takeFlushed(): void {
    const segment = this.flushing?.segment();
    this.flushing = undefined;
    if (segment) this.written.push({ ...segment, ...this.origin });
  }
}
