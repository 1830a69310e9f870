import { QuarryError, Yielder, isQuarryError } from '#libs/kernel';
import type { BuildSite } from '../../building/build-site.ts';
import { MAX_LISTED_ERRORS } from '../write-result.ts';
import type { FilePart, ImportTask } from './cut-tasks.ts';
import { displayName } from './display-name.ts';
import { DocumentWriter } from './document-writer.ts';
import type { ImportPartial, PartCounts, RecordError } from './import-partial.ts';
import type { ImportSpec } from './import-spec.ts';
import { decompress } from './readers/decompress.ts';
import type { RecordReader, SourceDocument } from './readers/source-record.ts';
import { RECORD_READERS } from './record-readers.ts';
import { SegmentSink } from './segment-sink.ts';

/** Where the task's files are read. */
export interface ImportSite extends BuildSite {
  /** From `offset` to the end of the file. The chunks are the reader's own. */
  read(url: string, offset: number): AsyncIterable<Uint8Array>;
}

/** One run of one task of an import: reads its parts in order and leaves segments and a partial. */
export class ImportTaskRun {
  private readonly errors: RecordError[] = [];
  private readonly counts: PartCounts[] = [];
  private failed = 0;
  private documents = 0;
  private doneBytes = 0;
  private readonly totalBytes: number;
  private readonly yielder: Yielder;

  constructor(
    private readonly site: ImportSite,
    private readonly task: ImportTask,
    private readonly spec: Pick<ImportSpec, 'idField' | 'onError'>,
  ) {
    this.totalBytes = task.parts.reduce((sum, part) => sum + part.to - part.from, 0);
    this.yielder = new Yielder(site.clock);
  }

  async run(): Promise<ImportPartial> {
    const { schemas, task, jobAttempt } = this.site;
    const sink = new SegmentSink(this.site, { task, jobAttempt });
    try {
      const schema = await schemas.newest();
      this.report();
      const writer = new DocumentWriter(schemas, sink, schema, this.spec.idField);
      for (const part of this.task.parts) await this.readPart(part, writer);
      const segments = await sink.finish();
      this.report();
      return { segments, failed: this.failed, errors: this.errors, parts: this.counts, tasks: 1, failedTasks: 0 };
    } catch (error) {
      await sink.abandon();
      throw error;
    }
  }

  private async readPart(part: FilePart, writer: DocumentWriter): Promise<void> {
    let lines = 0;
    let records = 0;
    const before = this.doneBytes;
    try {
      for await (const batch of this.readable(part, before)) {
        lines = batch.lines;
        records += batch.records.length;
        const refused = await writer.write(batch.records, (record) => madeId(this.site.jobId, part, record));
        this.documents += batch.records.length - refused.length;
        for (const { record, code, detail } of refused) {
          this.refuse({ ...placeOf(part), line: record.line, item: record.item, code, detail });
        }
        this.site.signal.throwIfAborted();
        this.report();
        if (this.yielder.due()) await this.yielder.yield();
      }
    } catch (error) {
      throw aborted(this.site.signal) ?? error;
    }
    this.counts.push({ file: part.file, from: part.from, lines, records });
    this.doneBytes = before + part.to - part.from;
  }

  /**
   * What can be read of the part. A file that is itself bad or gone ends here and is reported as one error: the others go
   * in. Only reading is judged: where our own store refuses a segment, documents would be lost without a word.
   */
  private async *readable(part: FilePart, before: number): ReturnType<RecordReader> {
    try {
      yield* this.batches(part, before);
    } catch (error) {
      if (!isQuarryError(error) || !isTheFilesFault(error)) throw error;
      this.refuse({ ...placeOf(part), line: -1, item: -1, code: error.code, detail: error.message });
    }
  }

  private batches(part: FilePart, before: number): ReturnType<RecordReader> {
    const whole = part.from === 0;
    // One byte more at the front tells whether a line begins exactly at the cut.
    const start = whole ? 0 : part.from - 1;
    const raw = this.counted(
      part.size === 0 ? nothing() : this.site.read(part.url, start),
      before,
      part.to - part.from,
    );
    return RECORD_READERS[part.format](decompress(raw, part.compression, displayName(part.url)), {
      name: displayName(part.url),
      offset: start,
      endOffset: part.compression === 'none' && part.format === 'ndjson' ? part.to : Infinity,
      skipFirstLine: !whole,
    });
  }

  private async *counted(chunks: AsyncIterable<Uint8Array>, before: number, most: number): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      this.doneBytes = before + Math.min(bytes, most);
      yield chunk;
    }
  }

  private refuse(error: RecordError): void {
    this.failed++;
    if (this.errors.length < MAX_LISTED_ERRORS) this.errors.push(error);
    if (this.spec.onError === 'fail') {
      const at = error.line < 0 ? '' : ` (record ${error.item + 1} from byte ${error.from})`;
      throw new QuarryError('invalid', `${error.name}${at}: ${error.detail}`, {
        code: 'document_refused',
        details: { file: error.name, code: error.code, item: error.item },
      });
    }
  }

  private report(): void {
    this.site.progress({
      doneBytes: this.doneBytes,
      totalBytes: this.totalBytes,
      documents: this.documents,
    });
  }
}

const placeOf = (part: FilePart): Pick<RecordError, 'file' | 'name' | 'from'> => ({
  file: part.file,
  name: displayName(part.url),
  from: part.from,
});

/**
 * The `_id` of a document that brings none. The same for every run of the task (JOB-4), and in the order of the source:
 * job, file, byte offset.
 */
function madeId(job: string, part: FilePart, record: SourceDocument): string {
  return `${job}-${part.file.toString(36).padStart(3, '0')}-${record.offset.toString(36).padStart(7, '0')}`;
}

const FILE_FAULTS = new Set([
  'bad_json',
  'bad_utf8',
  'bad_compression',
  'file_too_large',
  'object_not_found',
  'access_denied',
]);
const isTheFilesFault = (error: QuarryError): boolean => FILE_FAULTS.has(error.code);

/** Whatever a stream throws when its signal aborts, it is a cancel. */
const aborted = (signal: AbortSignal): QuarryError | undefined =>
  signal.aborted ? new QuarryError('cancelled', 'the import was cancelled') : undefined;

async function* nothing(): AsyncGenerator<Uint8Array> {}
