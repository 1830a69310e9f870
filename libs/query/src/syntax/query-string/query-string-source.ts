import { invalid, type QuarryError } from '#libs/kernel';
import { showValue } from '../show-value.ts';

/** The text being parsed and where it stands in the request. */
export interface QueryStringSource {
  readonly text: string;
  readonly path: string;
}

/** Columns count UTF-16 units from 1, as editors do. */
export const columnOf = (offset: number): number => offset + 1;

/** `bad_query_string` with the column; `problem` says what was expected and the way out. */
export function badQueryString(source: QueryStringSource, offset: number, problem: string): QuarryError {
  const column = columnOf(offset);
  const shown = showValue(source.text);
  return invalid('bad_query_string', `${source.path}: column ${column}: ${problem}; in ${shown}`, {
    path: source.path,
    column,
    value: shown,
  });
}
