import { QuarryError } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import { DEFAULT_MAX_FIELDS, extendSchema } from './extend-schema.ts';
import type { IndexDefinition, IndexName } from './index-catalog.ts';
import type { Manifest } from './manifest.ts';
import { NO_SCHEMA, type Edit } from './version-draft.ts';

// The manifest is there once an edit that changed something has been committed, and before one that runs on a base.
const manifestOnly = (manifest: Manifest | undefined): Manifest => manifest!;

/** Makes the index, or makes it anew where it was dropped: `conflict` (`index_already_exists`) otherwise. */
export function createEdit(name: IndexName, { fields = {}, settings = {} }: IndexDefinition): Edit<Manifest> {
  const empty = {
    ...NO_SCHEMA,
    dynamic: settings.dynamic ?? true,
    maxFields: settings.maxFields ?? DEFAULT_MAX_FIELDS,
    ...(settings.analysis && { analysis: settings.analysis }),
  };
  const schema = extendSchema(empty, fields);
  return async (draft) => {
    if (!draft.dropped) {
      throw new QuarryError('conflict', `index "${name.index}" exists already: drop it first, or choose another name`, {
        code: 'index_already_exists',
        details: { index: name.index },
      });
    }
    // The jobs stay: one that was committed before the drop is not committed again because of it (JOB-4).
    return {
      draft: { ...draft, dropped: false, incarnation: draft.version, schema, segments: new Map() },
      answer: manifestOnly,
    };
  };
}

/** The version that says dropped. Answers undefined where there is none to drop, or it says so already. */
export const dropEdit: Edit<Manifest | undefined> = async (draft) =>
  draft.dropped
    ? { draft, answer: () => undefined }
    : { draft: { ...draft, dropped: true, schema: NO_SCHEMA, segments: new Map() }, answer: (manifest) => manifest };

/** No version comes of it when the schema has all of the fields. */
export function schemaEdit(
  fields: Readonly<Record<string, FieldSpec>>,
  missing: () => Promise<QuarryError>,
): Edit<Manifest> {
  return async (draft) => {
    if (draft.dropped) throw await missing();
    const schema = extendSchema(draft.schema, fields);
    return { draft: schema === draft.schema ? draft : { ...draft, schema }, answer: manifestOnly };
  };
}
