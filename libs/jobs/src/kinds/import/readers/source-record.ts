/** One record of a source: a document, or why there is none. */
export type SourceRecord = SourceDocument | BadRecord;

interface Place {
  /** Line within the part that is read, from 0; for formats without lines the place of the record in the file. */
  readonly line: number;
  /** Place among the records of the file part, from 0. */
  readonly item: number;
  /** Byte offset of the record in the uncompressed file; for whole-file and array formats the item number. */
  readonly offset: number;
}

export interface SourceDocument extends Place {
  readonly document: unknown;
  /** The document's JSON, UTF-8. */
  readonly source: Uint8Array;
}

export interface BadRecord extends Place {
  readonly problem: { readonly code: string; readonly detail: string };
}

/** Reads a stream of bytes in batches of records, so that an await is paid once a batch and not once a record. */
export type RecordReader = (
  chunks: AsyncIterable<Uint8Array>,
  options: RecordReaderOptions,
) => AsyncGenerator<{ records: SourceRecord[]; /** Lines seen so far in this part. */ lines: number }>;

export interface RecordReaderOptions {
  /** The file's name: becomes a field of whole-file documents. */
  readonly name: string;
  /** Offset of the first chunk's first byte in the file. */
  readonly offset: number;
  /** Records that begin at or after this offset belong to somebody else. */
  readonly endOffset: number;
  /** The stream begins one byte before `offset`-owned records: the tail of the line before has to be skipped. */
  readonly skipFirstLine: boolean;
}

/** A longer record is refused: it has to be held in memory several times over. */
export const MAX_RECORD_BYTES = 32 * 1024 * 1024;
/** Bytes of records handed on together. */
export const BATCH_BYTES = 512 * 1024;
