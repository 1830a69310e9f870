import { analysisOf, type AnalysisSettings } from '#libs/analysis';
import { Yielder, type Clock } from '#libs/kernel';
import { createSegmentBuilder, type SegmentBuilder } from '#libs/segment';
import type { SegmentOutput } from '../../building/build-site.ts';
import type { ImportedSegment } from './import-partial.ts';

/** Of an indexing task's memory, what the builder may hold before it is written; the rest is for encoding and reading. */
const BUILDER_SHARE = 0.5;

export interface SegmentSinkParts {
  readonly output: SegmentOutput;
  readonly clock: Clock;
  /** What one indexing task may hold, in bytes. */
  readonly memoryBytes: number;
}

/** Takes mapped documents and leaves segments in the object store, a new one whenever the memory it may hold is full. */
export class SegmentSink {
  private current: SegmentBuilder | undefined;
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

  /** Call between documents: writes the segment if it has grown to its budget. */
  async flushIfFull(): Promise<void> {
    if (this.current && this.current.heldBytes >= this.parts.memoryBytes * BUILDER_SHARE) await this.flush();
  }

  /** Writes what is left; answers all segments in the order of their documents. */
  async finish(): Promise<readonly ImportedSegment[]> {
    if (this.current && this.current.docCount > 0) await this.flush();
    return this.written;
  }

  private async flush(): Promise<void> {
    const builder = this.current!;
    this.current = undefined;
    const built = await builder.finish(new Yielder(this.parts.clock));
    const { output } = this.parts;
    const { id, key } = await output.newSegment();
    await output.put(key, built.chunks());
    this.written.push({ id, key, meta: built.meta, ...this.origin });
  }
}
