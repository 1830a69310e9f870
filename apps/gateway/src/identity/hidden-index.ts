import { isQuarryError, notFound, type QuarryError } from '#libs/kernel';
import type { Caller } from '#libs/identity';

/** As the catalog says it of an index that does not exist, when no other has a name like it. */
export const indexNotFound = (index: string): QuarryError =>
  notFound('index_not_found', `index "${index}" does not exist; make it with PUT /v1/indexes/{index}`, { index });

/** "Did you mean" may name an index that a caller with patterns should not hear of: it is not told. */
export function withoutSuggestion(error: unknown, caller: Caller | undefined): unknown {
  if (caller?.indexes === undefined || !isQuarryError(error) || error.code !== 'index_not_found') return error;
  return indexNotFound(String(error.details['index']));
}
