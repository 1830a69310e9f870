import type { Scalar } from '../../query-node.ts';
import { isObject, OptionReader, readScalar } from '../option-reader.ts';
import { pathOf, requestError, showKey, unexpected } from '../request-error.ts';
import { MAX_BOOST } from '../limits.ts';

/** A query of the shape `{field: …}`: exactly one field, whatever its name is. */
export interface FieldQuery {
  readonly field: string;
  readonly body: unknown;
  readonly path: string;
}

export function readFieldQuery(value: unknown, path: string, what: string): FieldQuery {
  if (!isObject(value)) throw unexpected('bad_query', path, `{field: …} in ${what}`, value);
  const names = Object.keys(value);
  const field = names[0];
  if (names.length === 1 && field) return { field, body: value[field], path: pathOf(path, field) };
  const got = names.length === 0 ? 'none' : names.slice(0, 5).map(showKey).join(', ');
  throw requestError(
    'bad_query',
    path,
    `${what} takes exactly one field, got ${got}; put several ${what} queries into a bool`,
  );
}

/** `{field: x}` or `{field: {<key>: x, …options}}`. Options always allow `boost`. */
export function readFieldOptions(
  { body, path }: FieldQuery,
  what: string,
  key: string,
  options: { readonly allowed?: readonly string[]; readonly unsupported?: readonly string[] } = {},
): { readonly value: Scalar; readonly boost: number; readonly options: OptionReader } {
  const shape = {
    code: 'bad_query',
    what,
    allowed: [key, 'boost', ...(options.allowed ?? [])],
    unsupported: options.unsupported ?? [],
  };
  if (!isObject(body)) {
    const value = readScalar(body, path, 'bad_query');
    return { value, boost: 1, options: new OptionReader({}, path, shape) };
  }
  const reader = new OptionReader(body, path, shape);
  return { value: reader.scalar(key), boost: readBoost(reader), options: reader };
}

export const readBoost = (options: OptionReader): number => options.number('boost', { min: 0, max: MAX_BOOST }) ?? 1;
