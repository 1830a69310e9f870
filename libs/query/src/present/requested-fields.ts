import { matchesPattern } from '../compile/name-pattern.ts';
import type { QuerySchema } from '../search.ts';
import { valuesAt } from './source-values.ts';

/** The values of the schema's fields that match the patterns, by field, always as lists; fields without any are absent. */
export function requestedFields(
  source: unknown,
  patterns: readonly string[],
  schema: QuerySchema,
): Record<string, unknown[]> {
  const names = schema.fieldNames().filter((name) => patterns.some((pattern) => matchesPattern(pattern, name)));
  return Object.fromEntries(
    names.flatMap((name): [string, unknown[]][] => {
      const values = valuesAt(source, schema.field(name)?.source ?? name);
      return values.length > 0 ? [[name, values]] : [];
    }),
  );
}
