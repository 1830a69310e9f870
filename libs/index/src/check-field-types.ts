import { QuarryError } from '#libs/kernel';
import type { Change } from './index-catalog.ts';
import type { IndexSchema } from './manifest.ts';

/**
 * A segment may keep a field only as the schema says, or as long where the schema has widened to double since it was
 * written: a search would otherwise meet one field in two shapes. `conflict` (`schema_conflict`).
 */
export function checkFieldTypes(schema: IndexSchema, segments: Change['segments']): void {
  for (const { id, meta } of segments) {
    for (const [name, { type }] of Object.entries(meta.fields)) {
      const agreed = Object.hasOwn(schema.fields, name) ? schema.fields[name]!.type : type;
      if (agreed === type || (agreed === 'double' && type === 'long')) continue;
      throw new QuarryError(
        'conflict',
        `segment ${id} keeps field "${name}" as ${type}, the index has it as ${agreed}`,
        {
          code: 'schema_conflict',
          details: { segment: id, field: name, type, agreed },
        },
      );
    }
  }
}
