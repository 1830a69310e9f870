import { encodeUtf8, invalid } from '#libs/kernel';
import type { IndexSchema } from '#libs/index';
import { covers } from '#libs/query';
import type { StoredDocument } from '#libs/segment';
import { parsedSource, type DocumentEncoder } from './document-encoder.ts';
import type { SourceFilter } from './export-spec.ts';

/** RFC 4180, but for the line end: one row a document, `_id` first. Lists and objects are JSON in their cell. */
export class CsvEncoder implements DocumentEncoder {
  readonly header: Uint8Array;

  /** @param columns paths of fields, without `_id` */
  constructor(private readonly columns: readonly string[]) {
    this.header = encodeUtf8(`${['_id', ...columns].map(cell).join(',')}\n`);
  }

  encode(document: StoredDocument): Uint8Array {
    const source = parsedSource(document);
    const cells = this.columns.map((column) => cell(textOf(valueAt(source, column))));
    return encodeUtf8(`${[cell(document.id), ...cells].join(',')}\n`);
  }
}

/**
 * The fields of the schema that the filter takes, in its order where it names them; fields made from others (`title.keyword`)
 * are no columns. Throws `invalid` (`no_columns`).
 */
export function csvColumns({ fields }: Pick<IndexSchema, 'fields'>, filter?: SourceFilter): string[] {
  const names = Object.keys(fields).filter((name) => fields[name]!.source === undefined);
  const { includes = [], excludes = [] } = filter ?? {};
  const wanted =
    includes.length === 0
      ? names
      : includes.flatMap((include) => {
          const covered = names.filter((name) => covers(include, name));
          // A field that only some documents have, and the schema does not know, may be named all the same.
          return covered.length > 0 || include.includes('*') ? covered : [include];
        });
  const columns = [...new Set(wanted)].filter(
    (name) => name !== '_id' && !excludes.some((exclude) => covers(exclude, name)),
  );
  if (columns.length > 0 || (names.length === 0 && includes.length === 0)) return columns;
  throw invalid('no_columns', 'no field of the index is left to be a column: name others in "fields"');
}

const QUOTED = /[",\r\n]|^\s|\s$/;
const cell = (text: string): string => (QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}

/** By its dotted path, wherever the dots are keys of their own or part of one; of a list of objects, a list. */
function valueAt(value: unknown, path: string): unknown {
  if (Array.isArray(value)) {
    const found = value.map((item: unknown) => valueAt(item, path)).filter((item) => item !== undefined);
    return found.length > 0 ? found : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const object = value as Record<string, unknown>;
  if (Object.hasOwn(object, path)) return object[path];
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot);
    const found = Object.hasOwn(object, head) ? valueAt(object[head], path.slice(dot + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
