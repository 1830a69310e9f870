import { invalid } from '#libs/kernel';
import { offendingValue } from './offending-value.ts';

/** As in Elasticsearch: an id stands in the id index, in delete jobs and in URLs. */
const MAX_ID_BYTES = 512;

/** A document's id as a string. Throws `invalid` (`bad_id`, `id_too_long`). */
export function documentId(value: unknown): string {
  const id = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof id !== 'string' || id === '' || !id.isWellFormed()) {
    throw invalid(
      'bad_id',
      `_id ${offendingValue(value)} is no id: give a string that is not empty, or a number, or leave _id out`,
      { value: offendingValue(value) },
    );
  }
  if (id.length * 3 > MAX_ID_BYTES && Buffer.byteLength(id) > MAX_ID_BYTES) {
    throw invalid(
      'id_too_long',
      `_id ${offendingValue(id)} is ${Buffer.byteLength(id)} bytes long, at most ${MAX_ID_BYTES} are allowed: use a hash of it`,
      { value: offendingValue(id), bytes: Buffer.byteLength(id), limit: MAX_ID_BYTES },
    );
  }
  return id;
}
