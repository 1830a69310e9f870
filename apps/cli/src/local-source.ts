import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { invalid, notFound } from '#libs/kernel';

/** A file to send: its name as the user would say it, and what its extension says of it. */
export interface LocalFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Undefined: the server tells by the content. */
  readonly format?: string;
  readonly contentEncoding?: 'gzip' | 'zstd';
}

const FORMAT_BY_EXTENSION: Record<string, string> = {
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
const ENCODING_BY_EXTENSION: Record<string, 'gzip' | 'zstd'> = { gz: 'gzip', gzip: 'gzip', zst: 'zstd', zstd: 'zstd' };

/** What an export leaves beside its parts: no documents. */
const BESIDE_PARTS: ReadonlySet<string> = new Set(['_manifest.json', '_started.json']);

/** The absolute path of an existing file or folder; throws `not-found` (`source_not_found`). */
export async function existing(path: string): Promise<string> {
  try {
    await stat(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw notFound('source_not_found', `there is no file or folder "${path}"`);
    throw invalid('source_not_readable', `"${path}" cannot be read: ${(error as Error).message}`);
  }
  return resolve(path);
}

/**
 * The file itself, or in the order of their names every file of a folder that has a known extension (all of them when
 * the format is given), hidden ones left out. Throws `invalid` (`source_empty`).
 */
export async function filesAt(path: string, format: string | undefined): Promise<LocalFile[]> {
  const root = await existing(path);
  if (!(await stat(root)).isDirectory()) return [await describe(root, path, format)];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !(entry.parentPath === root && BESIDE_PARTS.has(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !relative(root, file)
          .split('/')
          .some((part) => part.startsWith('.')),
    );
  const files = await Promise.all(
    paths.toSorted().map((file) => describe(file, join(path, relative(root, file)), format)),
  );
  const known = files.filter((file) => file.format !== undefined);
  if (known.length === 0) {
    const extensions = Object.keys(FORMAT_BY_EXTENSION).join(' .');
    throw invalid('source_empty', `no file in "${path}" has a known extension (.${extensions}); give --format`);
  }
  return known;
}

async function describe(path: string, name: string, given: string | undefined): Promise<LocalFile> {
  const parts = path
    .slice(path.lastIndexOf('/') + 1)
    .toLowerCase()
    .split('.');
  const contentEncoding = parts.length > 1 ? ENCODING_BY_EXTENSION[parts.at(-1)!] : undefined;
  if (contentEncoding) parts.pop();
  const format = given ?? (parts.length > 1 ? FORMAT_BY_EXTENSION[parts.at(-1)!] : undefined);
  const { size } = await stat(path);
  return { name, path, bytes: size, ...(format && { format }), ...(contentEncoding && { contentEncoding }) };
}

/** The file's bytes; `onBytes` hears of each chunk as it goes out. */
export async function* readChunks(file: LocalFile, onBytes: (count: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(file.path) as AsyncIterable<Uint8Array>) {
    yield chunk;
    onBytes(chunk.length);
  }
}
