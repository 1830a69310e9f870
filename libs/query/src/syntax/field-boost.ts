import { MAX_BOOST } from './limits.ts';
import { unexpected } from './request-error.ts';
import { listOf, readFieldName } from './option-reader.ts';

export interface FieldBoost {
  /** A name, or a pattern with `*`. */
  readonly field: string;
  readonly boost: number;
}

export const isPattern = (field: string): boolean => field.includes('*');

/** "title", "title^3", "body*^0.5", or an array of these. Throws `bad_query`. */
export function parseFieldBoosts(value: unknown, path: string): FieldBoost[] {
  return listOf(value).map((item, i) => parseFieldBoost(item, Array.isArray(value) ? `${path}[${i}]` : path));
}

function parseFieldBoost(value: unknown, path: string): FieldBoost {
  const text = readFieldName(value, path, 'bad_query');
  const caret = text.lastIndexOf('^');
  if (caret < 0) return { field: text, boost: 1 };
  const factor = text.slice(caret + 1);
  const boost = /^\d+(\.\d+)?$|^\.\d+$/.test(factor) ? Number(factor) : NaN;
  if (caret === 0 || !(boost <= MAX_BOOST))
    throw unexpected('bad_query', path, `a field with a boost up to ${MAX_BOOST}, as in "title^3"`, value);
  return { field: text.slice(0, caret), boost };
}
