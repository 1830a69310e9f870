import { LeftOut } from './left-out.ts';

/** Settings that change how Lucene stores a field and not what a search answers here. */
const STORAGE = new Set(['store', 'norms', 'index_options', 'fielddata', 'doc_values', 'index', 'format']);
const TYPES: Readonly<Record<string, string>> = {
  integer: 'long',
  short: 'long',
  byte: 'long',
  float: 'double',
  half_float: 'double',
};
const TYPES_HERE = new Set(['text', 'keyword', 'long', 'double', 'boolean', 'date', ...Object.keys(TYPES)]);

type Definitions = Record<string, Record<string, unknown>>;

/** An index as Elasticsearch is told of it, as `PUT /v1/indexes/{index}` takes it. Throws LeftOut. */
export function definitionOf(body: unknown): Record<string, unknown> {
  const { mappings, settings } = (body ?? {}) as {
    mappings?: { properties?: Definitions; dynamic?: unknown };
    settings?: { analysis?: unknown };
  };
  if (settings?.analysis !== undefined) analysisOf(settings.analysis as Record<string, unknown>);
  const dynamic = mappings?.dynamic;
  return {
    ...(mappings?.properties && { fields: fieldsOf(mappings.properties) }),
    ...(dynamic !== undefined && {
      settings: { dynamic: dynamic === 'strict' ? 'strict' : dynamic === true || dynamic === 'true' },
    }),
  };
}

/** Normalizers are read where a field names one. */
function analysisOf(analysis: Record<string, unknown>): void {
  const other = Object.keys(analysis).find((key) => key !== 'normalizer');
  if (other !== undefined) throw new LeftOut(`index settings: analysis.${other}`);
}

function fieldsOf(properties: Definitions): Record<string, unknown> {
  const entries = Object.entries(properties).map(([name, definition]) => [name, fieldOf(definition)] as const);
  return Object.fromEntries(entries.filter(([, field]) => field !== undefined));
}

/** Undefined for an object whose fields are not said: they come with the documents. */
function fieldOf(definition: Record<string, unknown>): unknown {
  const { type, properties, fields, ...rest } = definition;
  if (properties !== undefined) return { properties: fieldsOf(properties as Definitions) };
  if (type === 'object') return undefined;
  if (!TYPES_HERE.has(String(type))) throw new LeftOut(`field type: ${String(type)}`);
  if ('term_vector' in rest) throw new LeftOut('field setting: term_vector');
  const options = Object.fromEntries(Object.entries(rest).filter(([key]) => !STORAGE.has(key)));
  return {
    type: TYPES[String(type)] ?? type,
    ...options,
    ...(fields !== undefined && { fields: fieldsOf(fields as Definitions) }),
  };
}
