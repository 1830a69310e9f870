import { z } from 'zod';
import { corrupt, crc32, encodeUtf8, decodeUtf8, isQuarryError, QuarryError } from '#libs/kernel';
import { FIELD_TYPES } from '#libs/segment';
import type { CommittedJob, Manifest, ManifestFormat } from './manifest.ts';
import { shortened } from './mapping/offending-value.ts';

/** What the object holds beyond the manifest that readers see. The layout is in FORMAT.md. */
export interface StoredManifest extends Manifest {
  /** Unique to the attempt that made this version: tells "mine" from "somebody else's" when an answer was lost. */
  readonly commit: string;
  /** The version at which the index was last created: what was planned before it belongs to a dropped index. */
  readonly incarnation: number;
}

const FORMATS: readonly ManifestFormat[] = [1, 2, 3];

const count = z.number().int().nonnegative();
const fieldType = z.enum(FIELD_TYPES as readonly [string, ...string[]]);
const fieldSpec = z.strictObject({
  type: fieldType,
  analyzer: z.string().optional(),
  searchAnalyzer: z.string().optional(),
  normalizer: z.string().optional(),
  ignoreAbove: count.optional(),
  source: z.string().optional(),
  dynamic: z.boolean().optional(),
  copyTo: z.array(z.string()).readonly().optional(),
  nullValue: z.union([z.string(), z.number(), z.boolean()]).optional(),
  index: z.literal(false).optional(),
  ignoreMalformed: z.literal(true).optional(),
  coerce: z.boolean().optional(),
  format: z.string().optional(),
});
const definitions = z.record(z.string(), z.record(z.string(), z.unknown())).optional();
const analysis = z.strictObject({
  analyzer: definitions,
  tokenizer: definitions,
  filter: definitions,
  char_filter: definitions,
  normalizer: definitions,
});
const segmentField = z.strictObject({
  type: fieldType,
  docCount: count,
  tokenCount: count.optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});
const segment = z.strictObject({
  id: z.string().min(1),
  key: z.string().min(1),
  job: z.string(),
  docCount: count.min(1),
  bytes: count,
  footer: z.strictObject({ offset: count, length: count }),
  fields: z.record(z.string(), segmentField),
  minId: z.string(),
  maxId: z.string(),
  deletes: z.strictObject({ key: z.string().min(1), count: count.min(1) }).optional(),
});
const job = z.tuple([z.string(), count, count, count, count, z.number()]);
const layout = z.strictObject({
  format: z.literal(FORMATS),
  version: count.min(1),
  commit: z.string().min(1),
  incarnation: count.min(1),
  createdAt: z.number(),
  dropped: z.boolean(),
  schema: z.strictObject({
    fields: z.record(z.string(), fieldSpec),
    dynamic: z.union([z.boolean(), z.literal('strict')]),
    maxFields: count,
    analysis: analysis.optional(),
  }),
  segments: z.array(segment),
  jobs: z.array(job),
  collectedBefore: count.optional(),
});

const HEAD = '{"crc32":"';
const MIDDLE = '","manifest":';
const BODY_OFFSET = HEAD.length + 8 + MIDDLE.length;

/** `superseded` is not kept: at its commit it has become part of the segment's deletes. */
export function encodeManifest(manifest: StoredManifest): Uint8Array {
  const { segments, jobs, ...rest } = manifest;
  const body = JSON.stringify({
    ...rest,
    segments: segments.map((entry) => ({ ...entry, superseded: undefined })),
    jobs: jobs.map((done) => [done.id, done.version, done.indexed, done.updated, done.deleted, done.committedAt]),
  } satisfies z.input<typeof layout>);
  return encodeUtf8(`${HEAD}${hex(crc32(encodeUtf8(body)))}${MIDDLE}${body}}`);
}

/**
 * @param key where the bytes were found, for the message
 * @throws `corrupt` when a byte is not as it was written; `invalid` (`unknown_format`) for a manifest that a newer
 * Quarry wrote
 */
export function decodeManifest(bytes: Uint8Array, key: string, version: number): StoredManifest {
  const body = bytes.subarray(BODY_OFFSET, bytes.length - 1);
  const frame = textOf(bytes.subarray(0, BODY_OFFSET), key) + textOf(bytes.subarray(bytes.length - 1), key);
  if (bytes.length <= BODY_OFFSET || frame !== `${HEAD}${hex(crc32(body))}${MIDDLE}}`) {
    throw corrupt(`manifest ${key} is damaged: its checksum does not match`, { key });
  }
  const json = parse(textOf(body, key), key);
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && !(FORMATS as readonly number[]).includes(format)) {
    throw new QuarryError(
      'invalid',
      `manifest ${key} has format ${format}, this build reads ${FORMATS.join(', ')}: upgrade it`,
      {
        code: 'unknown_format',
        details: { key, format },
      },
    );
  }
  const checked = layout.safeParse(json);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw corrupt(`manifest ${key} is damaged: ${shortened(`${issue?.path.join('.')}: ${issue?.message}`)}`, { key });
  }
  const collected = checked.data.collectedBefore !== undefined;
  if (checked.data.format < 3 && (checked.data.format === 2) !== collected) {
    throw corrupt(`manifest ${key} has format ${checked.data.format}, but not what belongs to it`, { key });
  }
  if (checked.data.version !== version) {
    throw corrupt(`manifest ${key} says that it is version ${checked.data.version}`, { key });
  }
  const { segments, jobs, ...rest } = checked.data;
  // FIELD_TYPES gives zod plain strings; the values are checked.
  return {
    ...rest,
    segments: segments.map((entry) => Object.assign(entry, { superseded: [] })),
    jobs: jobs.map(committedJob),
  } as unknown as StoredManifest;
}

function committedJob(row: z.output<typeof job>): CommittedJob {
  const [id, version, indexed, updated, deleted, committedAt] = row;
  return { id, version, indexed, updated, deleted, committedAt };
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

function textOf(bytes: Uint8Array, key: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw isQuarryError(error) ? corrupt(`manifest ${key} is damaged: ${error.message}`, { key }) : error;
  }
}

function parse(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw corrupt(`manifest ${key} is damaged: ${String(error)}`, { key });
  }
}
