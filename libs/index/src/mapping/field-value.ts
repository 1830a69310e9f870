import type { MappedField } from './field-tree.ts';
import { badBoolean, badDate, fieldTypeMismatch, numberOutOfRange } from './mapping-errors.ts';
import { dateReader } from './date-format.ts';
import { parseNumber } from './parse-number.ts';

const MAX_DATE_MS = 8.64e15;

/**
 * A string, number or boolean of JSON as a number, date or boolean field keeps it: numbers in strings are numbers, dates
 * become ms since 1970, booleans 0 and 1. Throws `invalid` (`field_type_mismatch`, `number_out_of_range`, `bad_date`,
 * `bad_boolean`).
 */
export function numericValue(field: MappedField, value: unknown): number {
  switch (field.spec.type) {
    case 'long':
      return longValue(field, value);
    case 'double':
      return doubleValue(field, value);
    case 'date':
      return dateValue(field, value);
    default:
      return booleanValue(field, value);
  }
}

/** The number that stands for a value, or in a string where that is allowed. */
function numberOf({ spec }: MappedField, value: unknown): unknown {
  return typeof value === 'string' && spec.coerce !== false ? parseNumber(value) : value;
}

function longValue(field: MappedField, value: unknown): number {
  const given = numberOf(field, value);
  if (typeof given !== 'number') throw fieldTypeMismatch(field.name, field.spec, value);
  const number = field.spec.coerce ? Math.trunc(given) : given;
  // -0 and 0 are one value.
  if (Number.isSafeInteger(number)) return number + 0;
  if (Number.isInteger(number) || !Number.isFinite(number)) throw numberOutOfRange(field.name, field.spec, value);
  throw fieldTypeMismatch(field.name, field.spec, value);
}

function doubleValue(field: MappedField, value: unknown): number {
  const number = numberOf(field, value);
  if (typeof number !== 'number') throw fieldTypeMismatch(field.name, field.spec, value);
  // JSON has no Infinity, but 1e999 is read as one.
  if (!Number.isFinite(number)) throw numberOutOfRange(field.name, field.spec, value);
  return number + 0;
}

function dateValue(field: MappedField, value: unknown): number {
  if (typeof value === 'boolean') throw fieldTypeMismatch(field.name, field.spec, value);
  const ms = dateReader(field.spec.format)(value as string | number);
  if (ms === undefined || !(Math.abs(ms) <= MAX_DATE_MS)) throw badDate(field.name, value);
  return ms + 0;
}

function booleanValue(field: MappedField, value: unknown): number {
  if (value === true || value === 'true') return 1;
  if (value === false || value === 'false') return 0;
  throw badBoolean(field.name, value);
}
