import type { Analysis } from '#libs/analysis';
import { invalid, isQuarryError, type QuarryError } from '#libs/kernel';
import { FIELD_TYPES, type FieldSpec, type FieldType } from '#libs/segment';
import { compileDateFormat, DATE_FORMAT_NAMES } from './date-format.ts';
import { fieldType } from './field-type.ts';
import { numericValue } from './field-value.ts';
import { badSpec } from './mapping-errors.ts';
import { nearestName } from './nearest-name.ts';
import { offendingValue, shortened } from './offending-value.ts';

export type Definition = Readonly<Record<string, unknown>>;

/** What a definition may refer to. */
export interface SpecContext {
  readonly analysis: Analysis;
}

const WORDS: readonly FieldType[] = ['text'];
const KEYWORDS: readonly FieldType[] = ['keyword'];
const NUMBERS: readonly FieldType[] = ['long', 'double'];
const PARSED: readonly FieldType[] = ['long', 'double', 'boolean', 'date'];

interface Place {
  readonly name: string;
  readonly type: FieldType;
  /** Of the whole definition. */
  readonly format?: string;
}

type Read = (value: unknown, place: Place, context: SpecContext) => Partial<FieldSpec>;

const expect = (place: Place, option: string, value: unknown, expected: string): QuarryError =>
  badSpec(place.name, `has ${option} ${offendingValue(value)}: give ${expected}`);

const flag = (option: string, make: (value: boolean) => Partial<FieldSpec>): Read => {
  return (value, place) => {
    if (typeof value !== 'boolean') throw expect(place, option, value, 'true or false');
    return make(value);
  };
};

/** An option of Elasticsearch of which Quarry does the one thing it usually is. */
const fixed = (option: string, only: boolean, why: string): Read => {
  return (value, place) => {
    if (value === only) return {};
    throw badSpec(place.name, `has ${option} ${offendingValue(value)}, which is not supported: ${why}`);
  };
};

/** The name of an analyzer or normalizer of the index, or one that is built in. */
const named = (option: 'analyzer' | 'searchAnalyzer' | 'normalizer'): Read => {
  return (value, { name }, { analysis }) => {
    if (typeof value !== 'string') throw badSpec(name, `has the ${option} ${offendingValue(value)}: give its name`);
    try {
      if (option === 'normalizer') analysis.normalizer(value);
      else analysis.analyzer(value);
      return { [option]: value };
    } catch (error) {
      if (!isQuarryError(error)) throw error;
      throw invalid(error.code, `field "${shortened(name)}": ${error.message}`, { ...error.details, field: name });
    }
  };
};

const nullValue: Read = (value, place) => {
  const { name, type, format } = place;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw expect(place, 'nullValue', value, 'a value of the field');
  }
  if (type === 'keyword') return { nullValue: String(value) };
  // Throws what a document with this value would be refused for.
  const spec: FieldSpec = { type, ...(format !== undefined && { format }) };
  numericValue({ name, spec, number: 0, copies: [], targets: [], takesNulls: true }, value);
  return { nullValue: value };
};

const copyTo: Read = (value, place) => {
  const names: unknown[] = Array.isArray(value) ? value : [value];
  if (!names.every((name) => typeof name === 'string')) throw expect(place, 'copyTo', value, 'names of fields');
  return { copyTo: [...new Set(names)] };
};

const OPTIONS: Readonly<Record<string, { readonly types: readonly FieldType[]; readonly read: Read }>> = {
  analyzer: { types: WORDS, read: named('analyzer') },
  searchAnalyzer: { types: WORDS, read: named('searchAnalyzer') },
  normalizer: { types: KEYWORDS, read: named('normalizer') },
  ignoreAbove: {
    types: KEYWORDS,
    read: (value, place) => {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return { ignoreAbove: value };
      throw expect(place, 'ignoreAbove', value, 'a whole number of characters, 1 or more');
    },
  },
  source: {
    types: FIELD_TYPES,
    read: (value, place) => {
      if (typeof value === 'string') return { source: value };
      throw badSpec(place.name, `has the source ${offendingValue(value)}: give the name of a field`);
    },
  },
  dynamic: { types: FIELD_TYPES, read: flag('dynamic', (value) => ({ dynamic: value })) },
  copyTo: { types: FIELD_TYPES, read: copyTo },
  nullValue: { types: [...KEYWORDS, ...PARSED], read: nullValue },
  index: { types: FIELD_TYPES, read: flag('index', (value) => (value ? {} : { index: false })) },
  ignoreMalformed: {
    types: PARSED,
    read: flag('ignoreMalformed', (value) => (value ? { ignoreMalformed: true } : {})),
  },
  coerce: { types: NUMBERS, read: flag('coerce', (value) => ({ coerce: value })) },
  format: {
    types: ['date'],
    read: (value, place) => {
      if (typeof value === 'string' && compileDateFormat(value)) return { format: value };
      throw expect(place, 'the format', value, `some of ${DATE_FORMAT_NAMES.join(', ')}, with || between them`);
    },
  },
  store: { types: FIELD_TYPES, read: fixed('store', false, 'every value can be fetched from _source') },
  docValues: {
    types: FIELD_TYPES,
    read: fixed('docValues', true, 'leave it out, or set index: false to index nothing'),
  },
};

const NAMES = ['type', ...Object.keys(OPTIONS), 'fields', 'properties'];

const camelCase = (key: string): string => key.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** One definition, without its multi-fields. Throws `invalid`: see validateFields. */
export function fieldSpec(name: string, definition: Definition, context: SpecContext): FieldSpec {
  const type = fieldType(name, definition['type']);
  const format = definition['format'];
  const place: Place = { name, type, ...(typeof format === 'string' && { format }) };
  let spec: FieldSpec = { type };
  for (const [key, value] of Object.entries(definition)) {
    const option = camelCase(key);
    if (option === 'type' || option === 'fields') continue;
    const known = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
    if (!known) {
      const nearest = nearestName(option, NAMES);
      throw badSpec(
        name,
        `has a setting "${shortened(key)}" that does not exist; did you mean "${nearest}"? known: ${NAMES.join(', ')}`,
      );
    }
    if (!known.types.includes(type)) {
      const fits =
        known.types.length === 1
          ? `only a ${known.types[0]} field has "${option}"`
          : `"${option}" is for ${known.types.join(', ')}`;
      throw badSpec(name, `is ${type}; ${fits}: leave it out`);
    }
    spec = { ...spec, ...known.read(value, place, context) };
  }
  if (spec.index === false && spec.copyTo)
    throw badSpec(
      name,
      'has both "index": false and "copyTo": copied values are indexed there; leave out one of the two',
    );
  return spec;
}
