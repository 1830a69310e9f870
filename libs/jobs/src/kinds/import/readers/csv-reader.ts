import { Readable } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import { encodeUtf8 } from '#libs/kernel';
import { BATCH_BYTES, MAX_RECORD_BYTES, type RecordReader, type SourceRecord } from './source-record.ts';

interface ParsedRow {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number; readonly records: number };
}

interface SkippedRow {
  readonly line: number;
  readonly problem: { readonly code: string; readonly detail: string };
}

/** The parser hands on all rows of a chunk before it takes the next: no more than that is held, however short they are. */
const CHUNK_BYTES = 64 * 1024;

/**
 * CSV with a header line (RFC 4180; tabs for `.tsv`). Every column is a field, empty cells are left out.
 */
export const readCsv: RecordReader = async function* readCsv(chunks, { name }) {
  const parser = parse({
    columns: (header: string[]) => header.map((column, at) => column.trim() || `column_${at + 1}`),
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count_less: false,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD_BYTES,
    delimiter: /\.tsv(\.|$)/i.test(name) ? '\t' : ',',
    on_skip: (error: CsvError | undefined) => {
      const line = Number(error?.['lines'] ?? 1) - 1;
      const detail = error?.message ?? 'the row could not be read';
      // Among the rows, so that the consumer sees them in order and the parser waits for it.
      parser.push({ line, problem: { code: 'bad_csv', detail } } satisfies SkippedRow);
    },
  });
  const input = Readable.from(sliced(chunks), { highWaterMark: 1 }).on('error', (error) => parser.destroy(error));
  try {
    let records: SourceRecord[] = [];
    let bytes = 0;
    let lines = 0;
    let item = 0;
    for await (const row of input.pipe(parser) as AsyncIterable<ParsedRow | SkippedRow>) {
      if ('problem' in row) {
        records.push({ ...row, item, offset: item });
        lines = row.line + 1;
        bytes += SKIPPED_BYTES;
      } else {
        lines = row.info.lines;
        const document = documentOf(row.record);
        const source = encodeUtf8(JSON.stringify(document));
        records.push({ line: lines - 1, item, offset: item, document, source });
        bytes += source.length;
      }
      item++;
      if (bytes >= BATCH_BYTES) {
        yield { records, lines };
        records = [];
        bytes = 0;
      }
    }
    yield { records, lines };
  } finally {
    // Also when the consumer stops early: the source stays open otherwise.
    input.destroy();
    parser.destroy();
  }
};

/** What a refused row is counted as in a batch: about what its place and message take. */
const SKIPPED_BYTES = 512;

async function* sliced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES) yield chunk.subarray(at, at + CHUNK_BYTES);
  }
}

const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/;

/** A cell that is written as JSON would write a number or boolean is one: CSV has no types of its own. */
function documentOf(row: Record<string, string>): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const [column, cell] of Object.entries(row)) {
    if (cell === '') continue;
    if (column === '_id') document[column] = cell;
    else if (NUMBER.test(cell)) document[column] = Number(cell);
    else if (cell === 'true' || cell === 'false') document[column] = cell === 'true';
    else document[column] = cell;
  }
  return document;
}
