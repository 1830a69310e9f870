import type { Caller } from './caller.ts';

/** A caller has at most so many patterns: each request compares its index with all of them. */
export const MAX_PATTERNS = 100;

/** An index name in which `*` stands for any characters, none included. */
export const isIndexPattern = (text: unknown): text is string =>
  typeof text === 'string' && /^[a-z0-9._*-]{1,255}$/.test(text);

export function mayUseIndex(caller: Caller, index: string): boolean {
  return caller.indexes === undefined || caller.indexes.some((pattern) => matches(pattern, index));
}

/**
 * Whether whoever has `patterns` may use every index that `pattern` matches. A pattern that matches another one's text
 * matches all that the other matches: its letters stand for letters only, so each `*` of the other lies within one of its own.
 */
export function coversPattern(patterns: readonly string[] | undefined, pattern: string): boolean {
  return patterns === undefined || patterns.some((wide) => matches(wide, pattern));
}

/** Left to right, each part at its first place: with `*` as the only wildcard nothing has to be taken back. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0]!;
  if (parts.length === 1) return pattern === name;
  const last = parts.at(-1)!;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
