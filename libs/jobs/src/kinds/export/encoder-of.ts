import type { IndexSchema } from '#libs/index';
import { csvColumns, CsvEncoder } from './csv-encoder.ts';
import type { DocumentEncoder } from './document-encoder.ts';
import type { ExportSpec } from './export-spec.ts';
import { NdjsonEncoder } from './ndjson-encoder.ts';

export const encoderOf = (
  { format, source }: Pick<ExportSpec, 'format' | 'source'>,
  schema: IndexSchema,
): DocumentEncoder => (format === 'csv' ? new CsvEncoder(csvColumns(schema, source)) : new NdjsonEncoder(source));
