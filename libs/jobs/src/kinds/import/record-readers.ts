import type { Format } from './import-spec.ts';
import { readCsv } from './readers/csv-reader.ts';
import { readJson } from './readers/json-reader.ts';
import { readNdjson } from './readers/ndjson-reader.ts';
import type { RecordReader } from './readers/source-record.ts';
import { readMarkdown, readText } from './readers/text-reader.ts';

export const RECORD_READERS: Readonly<Record<Format, RecordReader>> = {
  ndjson: readNdjson,
  json: readJson,
  csv: readCsv,
  text: readText,
  markdown: readMarkdown,
};
