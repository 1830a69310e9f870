import { z } from 'zod';
import { invalid } from '#libs/kernel';
import { DEFAULT_MAX_FIELDS } from './extend-schema.ts';
import type { IndexDefinition } from './index-catalog.ts';
import { validateFields } from './mapping/index.ts';

/** A manifest holds every field of every segment, so an index cannot have just any number of them. */
const MOST_FIELDS = 100_000;

const definition = z.strictObject({
  fields: z.unknown().optional(),
  settings: z
    .strictObject({
      dynamic: z.union([z.boolean(), z.literal('strict')], 'give true, false or "strict"').optional(),
      maxFields: z.int().min(1).max(MOST_FIELDS).optional(),
    })
    .optional(),
});

/**
 * What a client says when it makes an index, checked: `{fields?, settings?: {dynamic?, maxFields?}}`. Throws `invalid`:
 * `bad_index_definition`, `too_many_fields`, and those of validateFields.
 */
export function validateDefinition(body: unknown): IndexDefinition {
  const checked = definition.safeParse(body);
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    const where = path.length > 0 ? `"${path.join('.')}" of the index definition` : 'the index definition';
    throw invalid(
      'bad_index_definition',
      `${where} is not valid: ${message}; write {"fields": {…}, "settings": {"dynamic": true, "maxFields": ${DEFAULT_MAX_FIELDS}}}`,
      { path: path.join('.') },
    );
  }
  const { fields, settings = {} } = checked.data;
  const { dynamic, maxFields } = settings;
  return {
    ...(fields !== undefined && { fields: validateFields(fields) }),
    settings: { ...(dynamic !== undefined && { dynamic }), ...(maxFields !== undefined && { maxFields }) },
  };
}
