import { z } from 'zod';
import { validateAnalysis } from '#libs/analysis';
import { invalid, type QuarryError } from '#libs/kernel';
import { DEFAULT_MAX_FIELDS } from './extend-schema.ts';
import { withoutIndexPrefix } from './elastic-settings.ts';
import type { IndexDefinition } from './index-catalog.ts';
import { validateFields } from './mapping/index.ts';
import { shortened } from './mapping/offending-value.ts';

/** A manifest holds every field of every segment, so an index cannot have just any number of them. */
const MOST_FIELDS = 100_000;

const dynamic = z.union(
  [z.boolean(), z.literal('strict'), z.literal(['true', 'false'])],
  'give true, false or "strict"',
);

const definition = z.strictObject({
  fields: z.unknown().optional(),
  /** Elasticsearch's place for fields. */
  mappings: z.strictObject({ properties: z.unknown().optional(), dynamic: dynamic.optional() }).optional(),
  settings: z
    .strictObject({
      dynamic: dynamic.optional(),
      maxFields: z.int().min(1).max(MOST_FIELDS).optional(),
      analysis: z.unknown().optional(),
    })
    .optional(),
});

/**
 * What a client says when it makes an index, checked: `{fields?, settings?: {dynamic?, maxFields?, analysis?}}`, or with
 * `mappings: {properties?, dynamic?}` in place of `fields`, and Elasticsearch's settings (`withoutIndexPrefix`). Throws `invalid`: `bad_index_definition`, `too_many_fields`, and
 * those of validateFields and validateAnalysis.
 */
export function validateDefinition(body: unknown): IndexDefinition {
  const checked = definition.safeParse(withOwnSettings(body));
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    throw bad(path.join('.'), `is not valid: ${shortened(message)}`);
  }
  const { mappings = {}, settings = {} } = checked.data;
  const fields = either('fields', checked.data.fields, mappings.properties, 'mappings.properties');
  const dynamicAs = either('settings.dynamic', settings.dynamic, mappings.dynamic, 'mappings.dynamic');
  const { maxFields } = settings;
  const analysis = settings.analysis === undefined ? undefined : validateAnalysis(settings.analysis);
  return {
    ...(fields !== undefined && { fields: validateFields(fields, analysis) }),
    settings: {
      ...(dynamicAs !== undefined && { dynamic: dynamicAs === 'strict' ? dynamicAs : String(dynamicAs) === 'true' }),
      ...(maxFields !== undefined && { maxFields }),
      ...(analysis && { analysis }),
    },
  };
}

function withOwnSettings(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('settings' in body)) return body;
  const settings = withoutIndexPrefix(body.settings, (name, problem) => {
    throw bad(`settings.${shortened(name)}`, problem);
  });
  return { ...body, settings };
}

function either<T>(name: string, own: T | undefined, theirs: T | undefined, theirName: string): T | undefined {
  if (own !== undefined && theirs !== undefined)
    throw bad(name, `says the same as "${theirName}": keep one of the two`);
  return own ?? theirs;
}

const bad = (path: string, problem: string): QuarryError =>
  invalid(
    'bad_index_definition',
    `${path === '' ? 'the index definition' : `"${path}" of the index definition`} ${problem}; write {"fields": {…}, "settings": {"dynamic": true, "maxFields": ${DEFAULT_MAX_FIELDS}, "analysis": {…}}}`,
    { path },
  );
