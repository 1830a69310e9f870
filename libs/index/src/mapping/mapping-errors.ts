import { invalid, type QuarryError } from '#libs/kernel';
import type { FieldSpec, FieldType } from '#libs/segment';
import { MAX_DEPTH } from './field-tree.ts';
import { offendingValue, shortened } from './offending-value.ts';

const EXPECTED: Readonly<Record<FieldType, string>> = {
  text: 'a string',
  keyword: 'a string',
  long: 'a whole number',
  double: 'a number',
  boolean: 'true or false',
  date: 'an ISO 8601 date such as 2024-05-31 or 2024-05-31T13:45:00Z, or epoch milliseconds',
};

/** Every reason why a document does not fit its schema; all `invalid`, all naming the field and the value. */
export const fieldTypeMismatch = (field: string, spec: FieldSpec, value: unknown): QuarryError => {
  const wayOut =
    spec.type === 'long' && typeof value === 'number' ? '; define the field as double to keep fractions' : '';
  return invalid(
    'field_type_mismatch',
    `field "${shortened(field)}" is ${spec.type} and takes ${EXPECTED[spec.type]}, not ${offendingValue(value)}${wayOut}`,
    { field, type: spec.type, value: offendingValue(value) },
  );
};

export const objectExpected = (field: string, value: unknown): QuarryError =>
  invalid(
    'field_type_mismatch',
    `field "${shortened(field)}" is an object with fields of its own, not ${offendingValue(value)}`,
    { field, type: 'object', value: offendingValue(value) },
  );

export const numberOutOfRange = (field: string, spec: FieldSpec, value: unknown): QuarryError =>
  invalid(
    'number_out_of_range',
    `field "${shortened(field)}" is ${spec.type}: ${offendingValue(value)} is beyond ${
      spec.type === 'long'
        ? '±9007199254740991; define the field as double, or as keyword to keep every digit'
        : '±1.8e308'
    }`,
    { field, type: spec.type, value: offendingValue(value) },
  );

export const badDate = (field: string, value: unknown): QuarryError =>
  invalid('bad_date', `field "${shortened(field)}" is date: ${offendingValue(value)} is none; write ${EXPECTED.date}`, {
    field,
    type: 'date',
    value: offendingValue(value),
  });

export const badBoolean = (field: string, value: unknown): QuarryError =>
  invalid(
    'bad_boolean',
    `field "${shortened(field)}" is boolean: ${offendingValue(value)} is not ${EXPECTED.boolean}`,
    {
      field,
      type: 'boolean',
      value: offendingValue(value),
    },
  );

export const documentTooDeep = (path: string): QuarryError =>
  invalid(
    'document_too_deep',
    `the document nests more than ${MAX_DEPTH} levels at "${shortened(path)}": flatten it, or make the index with dynamic: false to keep what has no field unread`,
    { field: path, limit: MAX_DEPTH },
  );

export const badFieldName = (path: string, problem: string): QuarryError =>
  invalid('bad_field_name', `field name "${shortened(path)}" ${problem}`, { field: shortened(path) });

export const unknownField = (path: string, strict: boolean): QuarryError =>
  invalid(
    'unknown_field',
    strict
      ? `field "${shortened(path)}" is not in the schema, and the schema is strict: define it, or leave it out`
      : `field "${shortened(path)}" is not in the schema yet: infer the fields of the documents and extend the schema first`,
    { field: path },
  );

export const tooManyFields = (path: string, maxFields: number): QuarryError =>
  invalid(
    'too_many_fields',
    `field "${shortened(path)}" would be more than the ${maxFields} fields this index may have: raise settings.maxFields, set dynamic: false, or keep changing keys as values`,
    { field: path, maxFields },
  );

/** What is wrong with a field's definition, as the end of a sentence; '' is all of the definitions. */
export const badSpec = (field: string, problem: string): QuarryError =>
  invalid('bad_field_spec', `${field === '' ? 'fields' : `field "${shortened(field)}"`} ${problem}`, { field });
