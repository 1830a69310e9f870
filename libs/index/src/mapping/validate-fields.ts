import { analyzer } from '#libs/analysis';
import { invalid, isQuarryError, QuarryError } from '#libs/kernel';
import { FIELD_TYPES, type FieldSpec, type FieldType } from '#libs/segment';
import { fieldNameProblem } from './field-name.ts';
import { childPath, MAX_DEPTH } from './field-tree.ts';
import { badFieldName } from './mapping-errors.ts';
import { nearestName } from './nearest-name.ts';
import { offendingValue, shortened } from './offending-value.ts';

/** What people write who come from elsewhere. */
const MEANT: Readonly<Record<string, FieldType>> = {
  string: 'text',
  integer: 'long',
  int: 'long',
  short: 'long',
  byte: 'long',
  unsigned_long: 'long',
  float: 'double',
  half_float: 'double',
  scaled_float: 'double',
  number: 'double',
  bool: 'boolean',
  datetime: 'date',
  timestamp: 'date',
  date_nanos: 'date',
};

const SETTINGS = ['type', 'analyzer', 'ignoreAbove', 'source', 'dynamic', 'fields', 'properties'];

/**
 * Field definitions as people write them, flattened to dotted names: `{"title": {"type": "text", "analyzer": "english"}}`,
 * `{"tag": "keyword"}`, objects by `properties`, multi-fields by `fields` (`title.raw`), and what `GET` of an index shows.
 * Throws `invalid`: `bad_field_name`, `bad_field_spec`, `unknown_field_type`, `unknown_analyzer`.
 */
export function validateFields(fields: unknown): Record<string, FieldSpec> {
  const specs = new Map<string, FieldSpec>();
  addAll(specs, '', fields, 1);
  for (const [name, spec] of specs) checkPlace(specs, name, spec);
  return Object.fromEntries(specs);
}

type Definition = Readonly<Record<string, unknown>>;
type Specs = Map<string, FieldSpec>;

const isObject = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const badSpec = (field: string, problem: string): QuarryError =>
  invalid('bad_field_spec', `${field === '' ? 'fields' : `field "${shortened(field)}"`} ${problem}`, { field });

function addAll(specs: Specs, parent: string, fields: unknown, depth: number): void {
  if (!isObject(fields)) {
    throw badSpec(parent, `must be an object of field names and definitions, not ${offendingValue(fields)}`);
  }
  if (depth > MAX_DEPTH) throw badSpec(parent, `nests more than ${MAX_DEPTH} levels: flatten it`);
  for (const [key, definition] of Object.entries(fields)) {
    const name = childPath(parent, key);
    const problem = key === '' ? fieldNameProblem('') : fieldNameProblem(name);
    if (problem !== undefined) throw badFieldName(name, problem);
    addOne(specs, name, typeof definition === 'string' ? { type: definition } : definition, depth);
  }
}

function addOne(specs: Specs, name: string, definition: unknown, depth: number): void {
  if (!isObject(definition)) {
    throw badSpec(
      name,
      `must be a type such as "keyword" or an object with a "type", not ${offendingValue(definition)}`,
    );
  }
  if (definition.properties !== undefined) {
    const others = Object.keys(definition).filter((key) => key !== 'properties' && key !== 'type');
    if (others.length > 0 || (definition.type !== undefined && definition.type !== 'object')) {
      throw badSpec(
        name,
        'has "properties", so it is an object and can have no type or setting of its own: leave them out',
      );
    }
    addAll(specs, name, definition.properties, depth + 1);
    return;
  }
  addSpec(specs, name, fieldSpec(name, definition));
  if (definition.fields !== undefined) addMultiFields(specs, name, definition.fields);
}

function addMultiFields(specs: Specs, source: string, fields: unknown): void {
  const copies: Specs = new Map();
  addAll(copies, source, fields, 1);
  for (const [name, spec] of copies) {
    if (spec.source !== undefined || name.lastIndexOf('.') !== source.length) {
      throw badSpec(
        name,
        `is a multi-field of "${shortened(source)}" and can have none, and no properties, of its own`,
      );
    }
    addSpec(specs, name, { ...spec, source });
  }
}

function addSpec(specs: Specs, name: string, spec: FieldSpec): void {
  if (specs.has(name)) throw badSpec(name, 'is defined twice, once as a dotted name: keep one of the two');
  specs.set(name, spec);
}

function fieldSpec(name: string, definition: Definition): FieldSpec {
  const { ignore_above: snakeCase, ...rest } = definition;
  const given: Definition = snakeCase === undefined ? rest : { ignoreAbove: snakeCase, ...rest };
  const unknown = Object.keys(given).find((key) => !SETTINGS.includes(key));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, SETTINGS);
    throw badSpec(
      name,
      `has a setting "${shortened(unknown)}" that does not exist; did you mean "${nearest}"? known: ${SETTINGS.join(', ')}`,
    );
  }
  const type = fieldType(name, given.type);
  return {
    type,
    ...analyzerOf(name, type, given.analyzer),
    ...ignoreAboveOf(name, type, given.ignoreAbove),
    ...sourceOf(name, given.source),
    ...dynamicOf(name, given.dynamic),
  };
}

function fieldType(name: string, type: unknown): FieldType {
  const known = FIELD_TYPES.find((candidate) => candidate === type);
  if (known) return known;
  if (type === undefined) throw badSpec(name, `has no "type": give one of ${FIELD_TYPES.join(', ')}, or "properties"`);
  if (typeof type !== 'string')
    throw badSpec(name, `has the type ${offendingValue(type)}: give one of ${FIELD_TYPES.join(', ')}`);
  const lower = type.toLowerCase();
  const meant = Object.hasOwn(MEANT, lower) ? MEANT[lower]! : nearestName(lower, FIELD_TYPES);
  throw invalid(
    'unknown_field_type',
    `field "${shortened(name)}" has the type "${shortened(type)}", which does not exist; did you mean "${meant}"? known: ${FIELD_TYPES.join(', ')}`,
    { field: name, type: shortened(type), nearest: meant, known: FIELD_TYPES },
  );
}

function analyzerOf(name: string, type: FieldType, value: unknown): Pick<FieldSpec, 'analyzer'> {
  if (value === undefined) return {};
  if (type !== 'text') throw badSpec(name, `is ${type} and has no analyzer: leave it out, or make the field text`);
  if (typeof value !== 'string') throw badSpec(name, `has the analyzer ${offendingValue(value)}: give its name`);
  try {
    return { analyzer: analyzer(value).name };
  } catch (error) {
    if (!isQuarryError(error)) throw error;
    throw invalid(error.code, `field "${shortened(name)}": ${error.message}`, { ...error.details, field: name });
  }
}

function ignoreAboveOf(name: string, type: FieldType, value: unknown): Pick<FieldSpec, 'ignoreAbove'> {
  if (value === undefined) return {};
  if (type !== 'keyword') throw badSpec(name, `is ${type}; only a keyword field has "ignoreAbove": leave it out`);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw badSpec(name, `has ignoreAbove ${offendingValue(value)}: give a whole number of characters, 1 or more`);
  }
  return { ignoreAbove: value };
}

function sourceOf(name: string, value: unknown): Pick<FieldSpec, 'source'> {
  if (value === undefined) return {};
  if (typeof value !== 'string')
    throw badSpec(name, `has the source ${offendingValue(value)}: give the name of a field`);
  return { source: value };
}

function dynamicOf(name: string, value: unknown): Pick<FieldSpec, 'dynamic'> {
  if (value === undefined) return {};
  if (typeof value !== 'boolean')
    throw badSpec(name, `has dynamic ${offendingValue(value)}: give true or false, or leave it out`);
  return { dynamic: value };
}

/** A field has no fields below it but its multi-fields, and those have a field as their source. */
function checkPlace(specs: Specs, name: string, spec: FieldSpec): void {
  if (spec.source !== undefined) {
    const source = specs.get(spec.source);
    if (!source || source.source !== undefined) {
      throw badSpec(
        name,
        `takes the values of "${shortened(spec.source)}", which is no field of its own here: define that field`,
      );
    }
    return;
  }
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const above = name.slice(0, dot);
    if (specs.has(above)) {
      throw badSpec(
        above,
        `cannot be a field and an object with "${shortened(name)}" in it: rename one of them, or make it a multi-field by "fields"`,
      );
    }
  }
}
