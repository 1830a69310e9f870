import { invalid } from '#libs/kernel';
import type { IndexName } from './index-catalog.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,254}$/;
const PLAIN = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/;
const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value) : typeof value;

/**
 * Every object path begins with these two names, so nothing may stand in them that could lead out of their folder:
 * checked before any path is made (`invalid`, `bad_index_name` or `bad_tenant_name`). ASCII only: characters are bytes.
 */
export function checkIndexName(name: IndexName): IndexName {
  checkTenant(name.tenant);
  if (!isIndexName(name.index)) throw badName('bad_index_name', 'an index name', name.index);
  return name;
}

export function checkTenant(tenant: string): string {
  if (!isIndexName(tenant)) throw badName('bad_tenant_name', 'a tenant name', tenant);
  return tenant;
}

// A test coerces: undefined would be the name "undefined".
export const isIndexName = (text: unknown): boolean => typeof text === 'string' && NAME.test(text);

function badName(code: string, what: string, value: unknown): Error {
  return invalid(
    code,
    `${shown(value)} is not ${what}: use 1 to 255 of a-z, 0-9, ".", "_" and "-", beginning with a letter or a digit`,
    { value: String(value).slice(0, 300) },
  );
}

/** One path segment of ids and file names that the caller chose: `invalid` (`bad_path`). */
export function checkPathSegment(text: string): string {
  const given: unknown = text;
  if (typeof text !== 'string' || !PLAIN.test(text)) {
    throw invalid(
      'bad_path',
      `${shown(text)} cannot be part of an object's path: use 1 to 255 of A-Z, a-z, 0-9, ".", "_" and "-", not beginning with "."`,
      { value: String(given).slice(0, 300) },
    );
  }
  return text;
}
