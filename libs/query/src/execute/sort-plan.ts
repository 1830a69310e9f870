import { compareCodePoints, invalid } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import type { Scalar } from '../query-node.ts';
import type { SearchRequest, SortKey } from '../search-request.ts';
import type { QuerySchema } from '../search.ts';
import { dateFormat } from '../dates/date-format.ts';
import { isNumeric, parseFieldNumber } from '../compile/field-value.ts';

export type SortValue = Scalar | null;

export interface PlannedSortKey extends SortKey {
  /** Undefined for `_score`. */
  readonly spec: FieldSpec | undefined;
  /** `missingValue` as the field has it: a number, or a keyword. */
  readonly missingAs: number | string | undefined;
}

/** How the hits of a request are ordered: by keys, then by `_id`. */
export interface SortPlan {
  /** By score alone: the pruned way. */
  readonly byScore: boolean;
  /** `_id` never is among them: ids are unique, so it ends the comparison wherever it stands. */
  readonly keys: readonly PlannedSortKey[];
  readonly idDescending: boolean;
  /** Whether any key is the score, or the hits show it. */
  readonly scored: boolean;
  /** Values of the keys after which the page begins, and the id if it was given. */
  readonly after?: { readonly values: readonly SortValue[]; readonly id: string | undefined };
}

const BY_SCORE: SortKey = { field: '_score', order: 'desc', missing: '_last' };

/**
 * Throws `invalid`: `unknown_field`, `field_type_mismatch` (text fields have no order), `bad_search_after`, `bad_value`.
 * @param now what `now` means in dates of searchAfter
 */
export function planSort(
  request: Pick<SearchRequest, 'sort' | 'searchAfter' | 'trackScores' | 'explain'>,
  schema: QuerySchema,
  now: number,
): SortPlan {
  const sort = request.sort.length === 0 ? [BY_SCORE] : request.sort;
  const idAt = sort.findIndex(({ field }) => field === '_id');
  const keys = (idAt < 0 ? sort : sort.slice(0, idAt)).map((key, at) => planKey(key, at, schema, now));
  const idDescending = idAt >= 0 && sort[idAt]!.order === 'desc';
  const byScore = keys.length === 1 && keys[0]!.field === '_score' && keys[0]!.order === 'desc' && !idDescending;
  const scored =
    request.trackScores === true || request.explain === true || keys.some(({ field }) => field === '_score');
  const plan = { byScore, keys, idDescending, scored };
  const { searchAfter } = request;
  if (!searchAfter) return plan;

  if (searchAfter.length < sort.length || searchAfter.length > sort.length + 1) {
    throw badSearchAfter(
      `${searchAfter.length} values for ${sort.length} sort keys; give the "sort" of the last hit as it is`,
      searchAfter,
    );
  }
  const values = keys.map((key, at) => afterValue(key, searchAfter[at]!, at, now));
  const id = idAt >= 0 ? searchAfter[idAt] : searchAfter[sort.length];
  if (id !== undefined && typeof id !== 'string') throw badSearchAfter(`the _id "${id}" is not a string`, searchAfter);
  return { ...plan, after: { values, id } };
}

function planKey(key: SortKey, at: number, schema: QuerySchema, now: number): PlannedSortKey {
  const path = `sort[${at}]`;
  const spec = sortSpec(key, path, schema);
  const { field, missingValue, mode, format } = key;
  if (spec && format !== undefined && spec.type !== 'date') {
    throw invalid(
      'field_type_mismatch',
      `${path}.format: only dates have formats, but "${field}" is a ${spec.type} field`,
      { field, type: spec.type, path },
    );
  }
  const averaged = mode === 'sum' || mode === 'avg' || mode === 'median';
  if (spec && averaged && (spec.type === 'keyword' || spec.type === 'boolean')) {
    throw invalid(
      'field_type_mismatch',
      `${path}: the mode ${mode} needs numbers, but "${field}" is a ${spec.type} field; use min or max`,
      { field, type: spec.type, path },
    );
  }
  let missingAs: PlannedSortKey['missingAs'];
  if (spec && missingValue !== undefined) {
    const place = { field, path: `${path}.missing`, now };
    missingAs = isNumeric(spec.type) ? parseFieldNumber(spec, missingValue, false, place) : String(missingValue);
  }
  return { ...key, spec, missingAs };
}

function sortSpec({ field, unmappedType }: SortKey, path: string, schema: QuerySchema): FieldSpec | undefined {
  if (field === '_score') return undefined;
  const spec = schema.field(field) ?? (unmappedType && { type: unmappedType });
  if (!spec) {
    throw invalid(
      'unknown_field',
      `${path}: there is no field "${field}" to sort by; give an unmapped_type if there may be none`,
      { field, path },
    );
  }
  if (spec.type === 'text') {
    throw invalid(
      'field_type_mismatch',
      `${path}: "${field}" is a text field and has no order; sort by a keyword field such as "${field}.keyword"`,
      { field, type: spec.type, path },
    );
  }
  return spec;
}

function afterValue({ field, spec, format }: PlannedSortKey, value: SortValue, at: number, now: number): SortValue {
  if (value === null) return null;
  const place = { field, path: `searchAfter[${at}]`, now };
  if (!spec) {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw badSearchAfter(`"${value}" is no score`, [value]);
  }
  if (format !== undefined && typeof value === 'string') {
    const ms = dateFormat(format, place.path).parse(value);
    if (ms !== undefined) return ms;
  }
  if (isNumeric(spec.type)) {
    const number = parseFieldNumber(spec, value, false, place);
    return spec.type === 'boolean' ? number === 1 : number;
  }
  return String(value);
}

const badSearchAfter = (why: string, value: unknown): Error =>
  invalid('bad_search_after', `searchAfter: ${why}`, { value });

/** Order of two values of one sort key as hits are shown: negative when a comes first. */
export function compareSortValues({ order, missing }: SortKey, a: SortValue, b: SortValue): number {
  if (a === null || b === null) {
    if (a === b) return 0;
    return (a === null) === (missing === '_first') ? -1 : 1;
  }
  const ascending = typeof a === 'string' && typeof b === 'string' ? compareCodePoints(a, b) : Number(a) - Number(b);
  return order === 'asc' ? ascending : -ascending;
}
