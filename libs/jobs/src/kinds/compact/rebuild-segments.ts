import { corrupt, QuarryError, Yielder } from '#libs/kernel';
import { DocumentMapper, type OpenedSegment, type SegmentEntry } from '#libs/index';
import { isDeleted, type StoredDocument } from '#libs/segment';
import type { BuildSite } from '../../building/build-site.ts';
import { SegmentSink } from '../import/segment-sink.ts';
import type { RebuiltGroup } from './compact-partial.ts';

/** Of a segment, read at a time: large enough for few requests, small enough to be nothing beside the builder. */
const READ_BYTES = 8 * 2 ** 20;
/** Documents read at a time at most, however small: each is an object while it waits. */
const READ_DOCUMENTS = 16_384;

/** Where the task's segments are read. */
export interface CompactSite extends BuildSite {
  open(entry: SegmentEntry): Promise<OpenedSegment>;
}

/**
 * Writes the live documents of some segments anew, from their stored sources, through the same mapper and builder as an
 * import: one after the other, in the order of the segments and of the documents in them (`Replacement` needs that order).
 * Holds what the sink holds, and a few megabytes of sources.
 */
export class SegmentRebuild {
  private readonly yielder: Yielder;
  private readonly sink: SegmentSink;
  private doneBytes = 0;
  private documents = 0;
  private purged = 0;

  constructor(
    private readonly site: CompactSite,
    private readonly inputs: readonly SegmentEntry[],
  ) {
    this.yielder = new Yielder(site.clock);
    const { task, jobAttempt } = site;
    this.sink = new SegmentSink(site, { task, jobAttempt });
  }

  async run(): Promise<RebuiltGroup> {
    try {
      return await this.rebuild();
    } catch (error) {
      await this.sink.abandon();
      throw error;
    }
  }

  private async rebuild(): Promise<RebuiltGroup> {
    const { site, inputs } = this;
    // The newest schema: what widened since the inputs were written is written wide.
    const schema = await site.schemas.newest();
    const mapper = new DocumentMapper(schema, { lenient: true });
    this.report();
    for (const input of inputs) await this.copy(input, mapper);
    const outputs = await this.sink.finish();
    this.report();
    return {
      task: site.task,
      jobAttempt: site.jobAttempt,
      inputs: inputs.map(({ id }) => id),
      outputs,
      bytesBefore: this.totalBytes,
      documents: this.documents,
      purged: this.purged,
    };
  }

  private async copy(input: SegmentEntry, mapper: DocumentMapper): Promise<void> {
    const opened = await this.site.open(input);
    const batch = Math.min(READ_DOCUMENTS, Math.max(1, Math.floor((READ_BYTES * input.docCount) / input.bytes)));
    const before = this.doneBytes;
    for (let first = 0; first < input.docCount; first += batch) {
      const end = Math.min(first + batch, input.docCount);
      for (const document of await this.liveDocuments(opened, first, end)) {
        this.write(document, mapper, input);
        await this.sink.makeRoom();
        if (this.yielder.due()) await this.pause();
      }
      this.doneBytes = before + Math.round((input.bytes * end) / input.docCount);
      this.report();
    }
  }

  private async liveDocuments(
    { reader, deleted }: OpenedSegment,
    first: number,
    end: number,
  ): Promise<StoredDocument[]> {
    const live: number[] = [];
    for (let doc = first; doc < end; doc++) if (!deleted || !isDeleted(deleted, doc)) live.push(doc);
    this.purged += end - first - live.length;
    if (live.length === 0) return [];
    const wave = reader.wave();
    const documents = wave.documents(live);
    await wave.flush();
    return documents.value;
  }

  private write({ id, source }: StoredDocument, mapper: DocumentMapper, { key }: SegmentEntry): void {
    const mapped = mapper.check(parsed(source, key, id), id);
    if (mapped.id !== id) throw corrupt(`document "${id}" of ${key} holds the _id "${mapped.id}"`, { key });
    mapper.write(mapped, source, this.sink.builder(mapper.schema.analysis));
    this.documents++;
  }

  private async pause(): Promise<void> {
    if (this.site.signal.aborted) throw new QuarryError('cancelled', 'the compaction was cancelled');
    await this.yielder.yield();
  }

  private get totalBytes(): number {
    return this.inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private report(): void {
    this.site.progress({
      doneBytes: this.doneBytes,
      totalBytes: this.totalBytes,
      documents: this.documents,
    });
  }
}

function parsed(source: Uint8Array, key: string, id: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(source)) as unknown;
  } catch (error) {
    throw corrupt(`document "${id}" of ${key} cannot be read: ${String(error)}`, { key });
  }
}
