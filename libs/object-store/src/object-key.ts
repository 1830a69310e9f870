import { invalid, type QuarryError } from '#libs/kernel';

/** The limit of AWS S3, in UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024;

const badKey = (key: string, why: string): QuarryError =>
  invalid('bad_key', `the key ${JSON.stringify(key.slice(0, 200))} ${why}`, { key: key.slice(0, 200) });

/** Why no object can have this key, or undefined when one can. */
function faultOf(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (!key.isWellFormed()) return 'has half a surrogate pair and no UTF-8 form';
  if (key.includes('\0')) return 'has a NUL character';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  if (key.startsWith('/')) return 'starts with "/"; leave the slash out';
  for (const segment of key.split('/')) {
    if (segment === '') return 'has an empty segment; write one "/" between segments and none at the end';
    if (segment === '.' || segment === '..') return `has the segment "${segment}"; write the path out`;
  }
  return undefined;
}

export const isKey = (key: string): boolean => faultOf(key) === undefined;

/** Throws `invalid` (`bad_key`) for what the port does not take as a key. */
export function checkKey(key: string): void {
  const fault = faultOf(key);
  if (fault !== undefined) throw badKey(key, fault);
}

/** A prefix is any beginning of a key: whole segments as in a key, then any part of one. Throws `bad_key`. */
export function checkPrefix(prefix: string): void {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (folder === '/') throw badKey(prefix, 'starts with "/"; leave the slash out');
  if (folder !== '') checkKey(folder.slice(0, -1));
  if (!prefix.isWellFormed() || prefix.includes('\0')) throw badKey(prefix, 'cannot be the beginning of a key');
}
