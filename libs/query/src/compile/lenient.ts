import { isQuarryError } from '#libs/kernel';
import type { Clause } from './compiled-query.ts';

/** What a field may be unfit for. */
const LENIENT = new Set(['bad_value', 'field_type_mismatch', 'phrase_needs_text']);

/** What `compile` gives; nothing where the field cannot hold the value and nobody minds. */
export function orNone(lenient: boolean | undefined, compile: () => Clause): Clause {
  if (!lenient) return compile();
  try {
    return compile();
  } catch (error) {
    if (isQuarryError(error) && LENIENT.has(error.code)) return { kind: 'none' };
    throw error;
  }
}
