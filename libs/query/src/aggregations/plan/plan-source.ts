import { invalid } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import type { ValueOptions } from '../../aggregation-request.ts';
import type { AutomatonBudget } from '../../automaton/automaton-budget.ts';
import { isNumeric, parseFieldNumber, type ValuePlace } from '../../compile/field-value.ts';
import type { TimeZone } from '../../dates/time-zone.ts';
import type { Scalar } from '../../query-node.ts';
import type { QuerySchema } from '../../search.ts';
import { valueFormat } from '../formats/value-format.ts';
import type { ValueSource } from './agg-plan.ts';

export interface PlanPlace {
  readonly schema: QuerySchema;
  readonly now: number;
  readonly path: string;
  /** What all patterns of all aggregations may cost together. */
  readonly automata: AutomatonBudget;
}

/** Throws `invalid`: `field_type_mismatch`, `bad_value`, `unsupported_format`. */
export function planSource(options: ValueOptions, { schema, now, path }: PlanPlace, zone?: TimeZone): ValueSource {
  const { field, missing, format } = options;
  const spec = schema.field(field);
  if (spec?.type === 'text') {
    throw invalid(
      'field_type_mismatch',
      `${path}: "${field}" is a text field and has no column; aggregate a keyword field such as "${field}.keyword"`,
      { field, type: spec.type, path },
    );
  }
  return {
    field,
    spec,
    missing: missing === undefined ? undefined : fieldValue(missing, spec, { field, path, now }),
    text: valueFormat(spec, format, path, zone),
  };
}

/** A value as a field of this type holds it; of an unknown field, strings stay strings. */
export function fieldValue(value: Scalar, spec: FieldSpec | undefined, place: ValuePlace): string | number {
  if (spec && isNumeric(spec.type)) return parseFieldNumber(spec, value, false, place);
  if (spec || typeof value === 'string') return String(value);
  return Number(value);
}

/** Throws `invalid` (`field_type_mismatch`). */
export function checkNumeric(type: string, { field, spec, missing }: ValueSource, path: string): void {
  if (spec && !isNumeric(spec.type)) {
    throw invalid(
      'field_type_mismatch',
      `${path}: ${type} needs numbers, but "${field}" is a ${spec.type} field; use terms`,
      { field, type: spec.type, aggregation: type, path },
    );
  }
  if (typeof missing === 'string') {
    throw invalid('bad_value', `${path}: "missing" of ${type} is "${missing}"; give a number`, {
      value: missing,
      path,
    });
  }
}

/** Throws `invalid` (`field_type_mismatch`). */
export function checkDate(type: string, { field, spec }: ValueSource, path: string): void {
  if (!spec || spec.type === 'date') return;
  throw invalid(
    'field_type_mismatch',
    `${path}: ${type} needs dates, but "${field}" is a ${spec.type} field; use ${type.slice('date_'.length)}`,
    { field, type: spec.type, aggregation: type, path },
  );
}
