import { invalid, QuarryError } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import type { IndexSchema } from './manifest.ts';

/** As many as Elasticsearch allows by default (index.mapping.total_fields.limit). */
export const DEFAULT_MAX_FIELDS = 1000;

/**
 * The schema with these fields too: the same object when it has them all. A long that the dynamic schema made becomes
 * double when doubles come; every other disagreement is `conflict` (`schema_conflict`), because segments already keep
 * the field the old way. More than `maxFields` fields: `invalid` (`too_many_fields`).
 */
export function extendSchema(schema: IndexSchema, fields: Readonly<Record<string, FieldSpec>>): IndexSchema {
  const added: Record<string, FieldSpec> = {};
  for (const [name, wanted] of Object.entries(fields)) {
    // An assignment to this name would set a prototype, and the field would be lost.
    if (name === '__proto__') throw invalid('bad_field_name', 'a field cannot be named "__proto__"; rename it');
    const present = Object.hasOwn(schema.fields, name) ? schema.fields[name]! : undefined;
    const agreed = present ? agree(name, present, wanted) : wanted;
    if (agreed !== present) added[name] = agreed;
  }
  if (Object.keys(added).length === 0) return schema;
  const union = { ...schema.fields, ...added };
  const total = Object.keys(union).length;
  if (total > schema.maxFields) {
    throw invalid(
      'too_many_fields',
      `the index would have ${total} fields, its limit is ${schema.maxFields}: set settings.maxFields when making it, or dynamic: false`,
      { fields: total, maxFields: schema.maxFields },
    );
  }
  checkObjects(union);
  return { ...schema, fields: union };
}

/** A name is a field or an object with fields in it; multi-fields lie below a field without making it an object. */
function checkObjects(fields: Readonly<Record<string, FieldSpec>>): void {
  const owned = Object.keys(fields).filter((name) => fields[name]!.source === undefined);
  const present = new Set(owned);
  for (const name of owned) {
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const above = name.slice(0, dot);
      if (!present.has(above)) continue;
      throw new QuarryError(
        'conflict',
        `"${above}" cannot be a field and, with "${name}" in it, an object: rename one of them`,
        { code: 'schema_conflict', details: { field: above, inside: name } },
      );
    }
  }
}

function agree(name: string, present: FieldSpec, wanted: FieldSpec): FieldSpec {
  if (present.type === 'long' && wanted.type === 'double' && present.dynamic) return { ...present, type: 'double' };
  // Every long is a double: what inferred long from its own documents may go in.
  if (present.type === 'double' && wanted.type === 'long' && wanted.dynamic) return present;
  const differs =
    present.type !== wanted.type
      ? 'type'
      : present.source !== wanted.source
        ? 'source'
        : wanted.dynamic
          ? undefined
          : wanted.analyzer !== undefined && (present.analyzer ?? 'standard') !== wanted.analyzer
            ? 'analyzer'
            : wanted.ignoreAbove !== undefined && present.ignoreAbove !== wanted.ignoreAbove
              ? 'ignoreAbove'
              : undefined;
  if (!differs) return present;
  throw new QuarryError(
    'conflict',
    `field "${name}" has ${differs} ${String(present[differs])} in this index, not ${String(wanted[differs])}: give it another name, or index into a new index`,
    { code: 'schema_conflict', details: { field: name, present, wanted } },
  );
}
