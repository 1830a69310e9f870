import { analyzer } from '#libs/analysis';
import { Yielder, type Clock, type Ids } from '#libs/kernel';
import type { IndexCatalog, IndexName } from '#libs/index';
import type { ObjectStore } from '#libs/object-store';
import { createSegmentBuilder, type SegmentBuilder } from '#libs/segment';
import type { ImportedSegment } from './import-partial.ts';

/** Of an indexing task's memory, what the builder may hold before it is written; the rest is for encoding and reading. */
const BUILDER_SHARE = 0.5;

export interface SegmentSinkParts {
  readonly catalog: IndexCatalog;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** What one indexing task may hold, in bytes. */
  readonly memoryBytes: number;
}

/** Takes mapped documents and leaves segments in the object store, a new one whenever the memory it may hold is full. */
export class SegmentSink {
  private current: SegmentBuilder | undefined;
  private readonly written: ImportedSegment[] = [];

  constructor(
    private readonly parts: SegmentSinkParts,
    private readonly name: IndexName,
    private readonly origin: { readonly task: number; readonly jobAttempt: number },
    private readonly signal: AbortSignal,
  ) {}

  /** The builder to add the next document to. Not kept over an `await`. */
  builder(): SegmentBuilder {
    this.current ??= createSegmentBuilder({ analyzer });
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
    const id = this.parts.ids.next();
    const key = this.parts.catalog.segmentKey(this.name, id);
    await this.parts.store.putStream(key, built.chunks(), { signal: this.signal });
    this.written.push({ id, key, meta: built.meta, ...this.origin });
  }
}
