import type { Format } from './import-spec.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

export interface FileKind {
  readonly format: Format;
  readonly compression: Compression;
}

const FORMAT_BY_EXTENSION: Record<string, Format> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  csv: 'csv',
  tsv: 'csv',
  txt: 'text',
  text: 'text',
  log: 'text',
  md: 'markdown',
  markdown: 'markdown',
};
const COMPRESSION_BY_EXTENSION: Record<string, Compression> = { gz: 'gzip', gzip: 'gzip', zst: 'zstd', zstd: 'zstd' };

/** From a name like `logs/2024.ndjson.gz`; `format` given by the user overrides. Undefined: not a file we can read. */
export function fileKind(name: string, format?: Format): FileKind | undefined {
  const parts = name
    .slice(name.lastIndexOf('/') + 1)
    .toLowerCase()
    .split('.');
  const compression = (parts.length > 1 && COMPRESSION_BY_EXTENSION[parts.at(-1)!]) || 'none';
  if (compression !== 'none') parts.pop();
  const known = format ?? (parts.length > 1 ? FORMAT_BY_EXTENSION[parts.at(-1)!] : undefined);
  return known && { format: known, compression };
}

export const knownExtensions = (): string[] => Object.keys(FORMAT_BY_EXTENSION);
