import { corrupt } from '#libs/kernel';
import type { StoredDocument } from '#libs/segment';

/** Documents as the lines of a format. */
export interface DocumentEncoder {
  /** The line that every part begins with, if any. */
  readonly header?: Uint8Array;
  /** With its line end. Throws `corrupt` for a source that is no JSON object. */
  encode(document: StoredDocument): Uint8Array;
}

/** Bytes under a right checksum are what somebody wrote, and still need not be JSON. */
export function parsedSource({ id, source }: StoredDocument): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(source));
  } catch (error) {
    throw corrupt(`the stored document "${id.slice(0, 200)}" is no JSON: ${String(error)}`);
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw corrupt(`the stored document "${id.slice(0, 200)}" is no JSON object`);
}
