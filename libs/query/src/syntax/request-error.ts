import { invalid, type QuarryError } from '#libs/kernel';
import { showValue } from './show-value.ts';

// A key of the client's may be a megabyte long; this much of it identifies it.
const MAX_SHOWN_KEY = 64;

export const showKey = (key: string): string => (key.length > MAX_SHOWN_KEY ? `${key.slice(0, MAX_SHOWN_KEY)}…` : key);

/** `query.bool` + `must` → `query.bool.must`; the root path is empty. */
export const pathOf = (parent: string, key: string): string =>
  parent === '' ? showKey(key) : `${parent}.${showKey(key)}`;

/** `invalid` with the JSON path before the message and in the details. */
export const requestError = (code: string, path: string, message: string): QuarryError =>
  invalid(code, `${path === '' ? 'body' : path}: ${message}`, { path });

/** The same for a value that is not what was expected; the value is repeated, truncated. */
export function unexpected(code: string, path: string, expected: string, value: unknown): QuarryError {
  const shown = showValue(value);
  return invalid(code, `${path === '' ? 'body' : path}: expected ${expected}, got ${shown}`, { path, value: shown });
}
