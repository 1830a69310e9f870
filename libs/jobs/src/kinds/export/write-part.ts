import { QuarryError, Yielder } from '#libs/kernel';
import { countDocs, type IndexCatalog, type OpenedSegment, type SegmentEntry } from '#libs/index';
import type { StoredDocument } from '#libs/segment';
import type { TaskContext } from '../../job-kind.ts';
import type { PinnedMatcher } from '../matching/pinned-query.ts';
import { compressChunks, compressPiece } from './compress-part.ts';
import type { DocumentEncoder } from './document-encoder.ts';
import type { ExportCompression, ExportedPart } from './export-spec.ts';
import type { OpenedTarget } from './export-target.ts';

/** Of a segment, read at a time: large enough for few requests, small enough to be nothing beside an upload's parts. */
const READ_BYTES = 8 * 2 ** 20;
/** Documents read at a time at most, however small: each is an object while it waits. */
const READ_DOCUMENTS = 16_384;
const CHUNK_BYTES = 256 * 1024;

export interface PartRequest {
  readonly name: string;
  readonly entries: readonly SegmentEntry[];
  readonly matcher: PinnedMatcher;
  readonly encoder: DocumentEncoder;
  readonly compression: ExportCompression;
  readonly target: OpenedTarget;
}

/**
 * Writes the matching documents of some segments into one part, in the order of the segments and of the documents in them:
 * the same part each time. Holds a few megabytes. Undefined when nothing matches: then there is no part.
 */
export async function writePart(
  catalog: Pick<IndexCatalog, 'openUncached'>,
  request: PartRequest,
  context: TaskContext,
): Promise<ExportedPart | undefined> {
  const { name, encoder, compression, target } = request;
  const lines = new PartLines(catalog, request, context);
  const chunks = lines.chunks();
  const first = await chunks.next();
  if (first.done) return undefined;
  const header = encoder.header && compressPiece(encoder.header, compression);
  const body = async function* body(): AsyncGenerator<Uint8Array> {
    if (header) yield header;
    yield* compressChunks(resumed(first.value, chunks), compression);
  };
  const { signal } = context;
  const { bytes } = await target.store.putStream(target.keyOf(name), body(), { signal });
  return {
    name,
    documents: lines.documents,
    bytes,
    plainBytes: lines.bytes + (encoder.header?.length ?? 0),
    headerBytes: header?.length ?? 0,
  };
}

async function* resumed(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** The lines of a part, in chunks. */
class PartLines {
  documents = 0;
  bytes = 0;
  private readonly yielder: Yielder;
  private doneBytes = 0;

  constructor(
    private readonly catalog: Pick<IndexCatalog, 'openUncached'>,
    private readonly request: PartRequest,
    private readonly context: TaskContext,
  ) {
    this.yielder = new Yielder(context.clock);
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    let lines: Uint8Array[] = [];
    let held = 0;
    for await (const documents of this.matches()) {
      for (const document of documents) {
        const line = this.request.encoder.encode(document);
        lines.push(line);
        held += line.length;
        this.documents++;
        if (held >= CHUNK_BYTES) {
          this.bytes += held;
          yield Buffer.concat(lines, held);
          lines = [];
          held = 0;
        }
        if (this.yielder.due()) await this.pause();
      }
    }
    this.report();
    this.bytes += held;
    if (held > 0) yield Buffer.concat(lines, held);
  }

  private async *matches(): AsyncGenerator<StoredDocument[]> {
    const { signal } = this.context;
    for (const entry of this.request.entries) {
      this.report();
      const opened = await this.catalog.openUncached(entry, { signal });
      const bits = await this.request.matcher.match(opened);
      const before = this.doneBytes;
      if (countDocs(bits) > 0) yield* this.documentsOf(entry, opened, bits);
      this.doneBytes = before + entry.bytes;
    }
  }

  private async *documentsOf(
    entry: SegmentEntry,
    { reader }: OpenedSegment,
    bits: Uint32Array,
  ): AsyncGenerator<StoredDocument[]> {
    const { bytes, docCount } = entry;
    const before = this.doneBytes;
    const batch = Math.min(READ_DOCUMENTS, Math.max(1, Math.floor((READ_BYTES * docCount) / bytes)));
    for (let first = 0; first < docCount; first += batch) {
      const end = Math.min(first + batch, docCount);
      const docs = docsBetween(bits, first, end);
      if (docs.length > 0) {
        const wave = reader.wave();
        const documents = wave.documents(docs);
        await wave.flush();
        yield documents.value;
      }
      this.doneBytes = before + Math.round((bytes * end) / docCount);
      if (this.yielder.due()) await this.pause();
      this.report();
    }
  }

  private async pause(): Promise<void> {
    if (this.context.signal.aborted) throw new QuarryError('cancelled', 'the export was cancelled');
    await this.yielder.yield();
  }

  private report(): void {
    const totalBytes = this.request.entries.reduce((sum, { bytes }) => sum + bytes, 0);
    this.context.progress({ doneBytes: this.doneBytes, totalBytes, documents: this.documents });
  }
}

function docsBetween(bits: Uint32Array, first: number, end: number): number[] {
  const docs: number[] = [];
  for (let doc = first; doc < end; doc++) if (((bits[doc >>> 5]! >>> (doc & 31)) & 1) === 1) docs.push(doc);
  return docs;
}
