import type { FieldSpec } from '#libs/segment';
import type { Scalar } from '../query-node.ts';
import type { QuerySchema } from '../search.ts';
import { keywordTerm } from './analyze-query.ts';
import type { Clause } from './compiled-query.ts';
import { equalTo, isNumeric } from './field-value.ts';

/** Documents with this very value: a term of text and keyword fields, a number of the others. Throws `invalid` (`bad_value`). */
export function termOf(
  spec: FieldSpec,
  field: string,
  value: Scalar,
  boost: number,
  path: string,
  { now, schema }: { readonly now: number; readonly schema: QuerySchema },
): Clause {
  if (!isNumeric(spec.type)) return { kind: 'term', field, term: keywordTerm(value, spec, schema), boost };
  return { kind: 'numbers', field, ranges: [equalTo(spec, value, { field, path, now })], boost };
}
