import { invalid } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import { dateFormat, type DateFormat } from '../../dates/date-format.ts';
import { isoText } from '../../dates/iso-date.ts';
import type { TimeZone } from '../../dates/time-zone.ts';
import { numberFormat } from './number-format.ts';

/** A number of a field as text; undefined where numbers speak for themselves. */
export type ValueFormat = (value: number | null) => string | undefined;

const NO_TEXT: ValueFormat = () => undefined;
const BOOLEAN: ValueFormat = (value) => (value === 0 ? 'false' : value === 1 ? 'true' : undefined);

/** Throws `invalid` (`unsupported_format`). */
export function valueFormat(
  spec: FieldSpec | undefined,
  format: string | undefined,
  path: string,
  zone?: TimeZone,
): ValueFormat {
  if (spec?.type === 'date') return dateValues(format === undefined ? undefined : dateFormat(format, path), zone);
  if (format === undefined) return spec?.type === 'boolean' ? BOOLEAN : NO_TEXT;
  // Nothing is known of such a field, and no document has a value of it.
  if (!spec) return NO_TEXT;
  if (spec.type === 'long' || spec.type === 'double') {
    const print = numberFormat(format, path);
    return (value) => (value === null || !Number.isFinite(value) ? undefined : print(value));
  }
  throw invalid('unsupported_format', `${path}: a ${spec.type} field takes no format; leave "${format}" out`, {
    path,
    value: format,
  });
}

export const dateValues =
  (format: DateFormat | undefined, zone?: TimeZone): ValueFormat =>
  (value) =>
    value === null ? undefined : format ? format.print(value, zone) : isoText(value, zone);

/** As Elasticsearch writes doubles in keys: 50 → "50.0". */
export const doubleText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
