import { invalid } from '#libs/kernel';
import { matchesPattern } from '../compile/name-pattern.ts';
import { dateFormat } from '../dates/date-format.ts';
import { parseDateMs } from '../dates/date-math.ts';
import type { RequestedField } from '../search-request.ts';
import type { QuerySchema } from '../search.ts';
import { valuesAt } from './source-values.ts';

/** Shows one value of a field. */
type Show = (value: unknown) => unknown;
interface ShownField {
  readonly name: string;
  /** Where in the source its values are. */
  readonly path: string;
  readonly show: Show | undefined;
}

/** The schema's fields that match; of several formats for a date the first one counts. Throws `invalid` (`field_type_mismatch`). */
export function planFields(requested: readonly RequestedField[], schema: QuerySchema): ShownField[] {
  for (const one of requested) if (typeof one !== 'string') checkFormat(one.field, schema);
  return schema.fieldNames().flatMap((name): ShownField[] => {
    const matching = requested.filter((one) => matchesPattern(typeof one === 'string' ? one : one.field, name));
    if (matching.length === 0) return [];
    const spec = schema.field(name)!;
    const formatted = spec.type === 'date' ? matching.find((one) => typeof one !== 'string') : undefined;
    return [{ name, path: spec.source ?? name, show: formatted && showDate(formatted.format) }];
  });
}

function checkFormat(field: string, schema: QuerySchema): void {
  const type = schema.field(field)?.type;
  if (type === undefined || type === 'date') return;
  throw invalid('field_type_mismatch', `fields: only dates have formats, but "${field}" is a ${type} field`, {
    field,
    type,
  });
}

function showDate(format: string): Show {
  const dates = dateFormat(format, 'fields');
  return (value) => {
    const ms = typeof value === 'string' || typeof value === 'number' ? parseDateMs(value, 0, false) : undefined;
    return (ms === undefined ? undefined : dates.print(ms)) ?? value;
  };
}

/** The values of the fields, by field, always as lists; fields without any are absent. */
export function requestedFields(source: unknown, fields: readonly ShownField[]): Record<string, unknown[]> {
  return Object.fromEntries(
    fields.flatMap(({ name, path, show }): [string, unknown[]][] => {
      const values = valuesAt(source, path);
      return values.length > 0 ? [[name, show ? values.map(show) : values]] : [];
    }),
  );
}
