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

const SETTINGS = new Set(['analysis', 'number_of_shards', 'number_of_replicas', 'refresh_interval']);

type Definitions = Record<string, Record<string, unknown>>;

/** An index as Elasticsearch is told of it, as `PUT /v1/indexes/{index}` takes it. Throws LeftOut. */
export function definitionOf(body: unknown): Record<string, unknown> {
  const { mappings, settings } = (body ?? {}) as {
    mappings?: { properties?: Definitions; dynamic?: unknown };
    settings?: Record<string, unknown>;
  };
  const dynamic = mappings?.dynamic;
  return {
    ...(mappings?.properties && { fields: fieldsOf(mappings.properties) }),
    settings: {
      ...settingsOf(settings),
      ...(dynamic !== undefined && {
        dynamic: dynamic === 'strict' ? dynamic : dynamic === true || dynamic === 'true',
      }),
    },
  };
}

/** Those that say something here too; the others tune clusters and plugins that are none of ours. */
function settingsOf(settings: Record<string, unknown> = {}): Record<string, unknown> {
  const { index, ...rest } = settings;
  const known = Object.entries({ ...rest, ...(index as object | undefined) })
    .map(([name, value]) => [name.replace(/^index\./, ''), value] as const)
    .filter(([name]) => SETTINGS.has(name));
  return known.length === 0 ? {} : { index: Object.fromEntries(known) };
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
