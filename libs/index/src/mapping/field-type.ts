import { invalid } from '#libs/kernel';
import { FIELD_TYPES, type FieldType } from '#libs/segment';
import { badSpec } from './mapping-errors.ts';
import { nearestName } from './nearest-name.ts';
import { offendingValue, shortened } from './offending-value.ts';

/** Elasticsearch's other names of what is the same here; their narrower ranges are not checked. */
const SAME: Readonly<Record<string, FieldType>> = {
  integer: 'long',
  short: 'long',
  byte: 'long',
  float: 'double',
  half_float: 'double',
  match_only_text: 'text',
};

/** What people write who come from elsewhere. */
const MEANT: Readonly<Record<string, FieldType>> = {
  string: 'text',
  int: 'long',
  unsigned_long: 'long',
  scaled_float: 'double',
  number: 'double',
  bool: 'boolean',
  datetime: 'date',
  timestamp: 'date',
  date_nanos: 'date',
  ip: 'keyword',
  version: 'keyword',
  wildcard: 'keyword',
  constant_keyword: 'keyword',
  flattened: 'keyword',
  search_as_you_type: 'text',
};

/** Throws `invalid`: `bad_field_spec`, `unknown_field_type` with the nearest type that is supported. */
export function fieldType(name: string, type: unknown): FieldType {
  const known = FIELD_TYPES.find((candidate) => candidate === type);
  if (known) return known;
  if (type === undefined) throw badSpec(name, `has no "type": give one of ${FIELD_TYPES.join(', ')}, or "properties"`);
  if (typeof type !== 'string') {
    throw badSpec(name, `has the type ${offendingValue(type)}: give one of ${FIELD_TYPES.join(', ')}`);
  }
  if (Object.hasOwn(SAME, type)) return SAME[type]!;
  const lower = type.toLowerCase();
  const meant = Object.hasOwn(MEANT, lower) ? MEANT[lower]! : nearestName(lower, FIELD_TYPES);
  throw invalid(
    'unknown_field_type',
    `field "${shortened(name)}" has the type "${shortened(type)}", which does not exist; did you mean "${meant}"? known: ${FIELD_TYPES.join(', ')}`,
    { field: name, type: shortened(type), nearest: meant, known: FIELD_TYPES },
  );
}
