import { Readable } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import { encodeUtf8 } from '#libs/kernel';
import { BATCH_BYTES, MAX_RECORD_BYTES, type RecordReader, type SourceRecord } from './source-record.ts';

interface ParsedRow {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number; readonly records: number };
}

/**
 * CSV with a header line (RFC 4180; tabs for `.tsv`). Every column is a field, empty cells are left out.
 */
export const readCsv: RecordReader = async function* readCsv(chunks, { name }) {
  const skipped: SourceRecord[] = [];
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
      skipped.push({ line, item: line - 1, offset: line, problem: { code: 'bad_csv', detail } });
    },
  });
  const rows = Readable.from(chunks)
    .on('error', (error) => parser.destroy(error))
    .pipe(parser);
  let records: SourceRecord[] = [];
  let bytes = 0;
  let lines = 0;
  for await (const row of rows as AsyncIterable<ParsedRow>) {
    lines = row.info.lines;
    const document = documentOf(row.record);
    const source = encodeUtf8(JSON.stringify(document));
    records.push({ line: lines - 1, item: row.info.records - 1, offset: row.info.records - 1, document, source });
    bytes += source.length;
    if (bytes >= BATCH_BYTES) {
      yield { records: records.concat(skipped.splice(0)), lines };
      records = [];
      bytes = 0;
    }
  }
  yield { records: records.concat(skipped.splice(0)), lines };
};

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
