import { corrupt } from '#libs/kernel';
import type { PartialHit } from '../search-partial.ts';

/**
 * A document without the `_id` that travels inside its JSON: a hit shows it beside `_source`, as Elasticsearch does. Bytes
 * under a right checksum are what somebody wrote, and still need not be JSON. Throws `corrupt`.
 */
export function sourceOf({ id, segment, source }: PartialHit): unknown {
  try {
    return withoutId(JSON.parse(source));
  } catch (error) {
    throw corrupt(`the stored document "${id.slice(0, 200)}" of segment ${segment} is no JSON: ${String(error)}`);
  }
}

function withoutId(source: unknown): unknown {
  if (typeof source !== 'object' || source === null || !Object.hasOwn(source, '_id')) return source;
  const { _id: id, ...rest } = source as Record<string, unknown>;
  return id === undefined ? source : rest;
}
