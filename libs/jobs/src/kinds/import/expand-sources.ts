import { invalid, isQuarryError, notFound } from '#libs/kernel';
import type { ObjectInfo } from '#libs/object-store';
import { MANIFEST_FILE, STARTED_FILE } from '../export/export-target.ts';
import { fileKind, knownExtensions, type Compression } from './file-kind.ts';
import type { Format, ImportSpec } from './import-spec.ts';
import type { OpenedSource, SourceOpener } from './source-opener.ts';

/** One file to import, as found at planning time. */
export interface SourceFile {
  readonly url: string;
  readonly size: number;
  readonly format: Format;
  readonly compression: Compression;
}

/** In the folder of an export. */
const BESIDE_PARTS: ReadonlySet<string> = new Set([MANIFEST_FILE, STARTED_FILE]);

/** A folder with more files than this is imported in several calls: the plan is one record of the job store. */
export const MAX_FILES = 100_000;

/**
 * Every file that the sources name, in their order and, inside a folder, in key order. A source that is an object is that
 * file; else it is a folder, and its files with a known extension (or all, when the format is given) are taken, hidden
 * ones left out, and what an export leaves beside its parts. Throws `not-found` (`source_not_found`), `invalid` (`source_empty`, `unknown_format`, `too_many_files`).
 */
export async function expandSources(
  spec: ImportSpec,
  opener: SourceOpener,
  signal: AbortSignal,
): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const take = (file: SourceFile): void => {
    if (files.length === MAX_FILES) {
      throw invalid('too_many_files', `the sources hold more than ${MAX_FILES} files; import them folder by folder`);
    }
    files.push(file);
  };
  for (const url of spec.sources) {
    const source = await opener.open(url);
    const object = await headOf(source, signal);
    if (object) take(singleFile(url, object, spec.format));
    else for await (const file of folderFiles(url, source, spec.format, signal)) take(file);
  }
  return files;
}

/** The first file of each source only: enough to refuse, before a job exists, what cannot be read. */
export async function checkSources(spec: ImportSpec, opener: SourceOpener, signal: AbortSignal): Promise<void> {
  for (const url of spec.sources) {
    const source = await opener.open(url);
    const object = await headOf(source, signal);
    if (object) {
      singleFile(url, object, spec.format);
      if (object.size > 0) await source.store.get(source.key, { range: { offset: 0, length: 1 }, signal });
    } else await folderFiles(url, source, spec.format, signal).next();
  }
}

async function headOf(source: OpenedSource, signal: AbortSignal): Promise<ObjectInfo | undefined> {
  if (source.key === '' || source.key.endsWith('/')) return undefined;
  try {
    return await source.store.head(source.key, { signal });
  } catch (error) {
    if (isQuarryError(error) && error.kind === 'not-found') return undefined;
    throw error;
  }
}

function singleFile(url: string, object: ObjectInfo, format: Format | undefined): SourceFile {
  const kind = fileKind(object.key, format);
  if (!kind) {
    throw invalid(
      'unknown_format',
      `the format of ${url} cannot be told from its name; give "format" or use one of .${knownExtensions().join(' .')}`,
      { source: url },
    );
  }
  return { url, size: object.size, ...kind };
}

async function* folderFiles(
  url: string,
  source: OpenedSource,
  format: Format | undefined,
  signal: AbortSignal,
): AsyncGenerator<SourceFile> {
  const prefix = source.key === '' || source.key.endsWith('/') ? source.key : `${source.key}/`;
  let seen = 0;
  let taken = 0;
  for await (const object of source.store.list(prefix, { signal })) {
    seen++;
    if (
      object.key
        .slice(prefix.length)
        .split('/')
        .some((part) => part.startsWith('.'))
    )
      continue;
    if (BESIDE_PARTS.has(object.key.slice(prefix.length))) continue;
    const kind = fileKind(object.key, format);
    if (!kind) continue;
    taken++;
    yield { url: source.urlOf(object.key), size: object.size, ...kind };
  }
  if (seen === 0) throw notFound('source_not_found', `there is nothing at ${url}`, { source: url });
  if (taken === 0) {
    throw invalid(
      'source_empty',
      `none of the ${seen} files at ${url} has a known extension (.${knownExtensions().join(' .')}); give "format"`,
      { source: url },
    );
  }
}
