import { decodeTime } from 'ulid';

/** When an id was made, ms since 1970, by its maker's clock; undefined for an id that does not begin with a ULID. */
export function ulidTime(id: string): number | undefined {
  try {
    return decodeTime(id.slice(0, 26));
  } catch {
    return undefined;
  }
}
