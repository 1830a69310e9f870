import { invalid } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';

/** Throws `invalid` (`field_not_indexed`): nothing of the field is kept but in `_source`, so a query would find nothing. */
export function requireIndexed(spec: FieldSpec, field: string, path: string): void {
  if (spec.index !== false) return;
  throw invalid('field_not_indexed', `${path}: the field "${field}" has "index": false and cannot be searched`, {
    field,
    path,
  });
}
