import { encodeUtf8, decodeUtf8, fromErrorRecord, QuarryError, type ErrorRecord } from '#libs/kernel';
import type { IndexCatalog } from '#libs/index';
import type { ObjectStore } from '#libs/object-store';
import type { JobContext, JobKind, JobOutcome, TaskContext } from '../../job-kind.ts';
import { checkQuery, PinnedMatcher, pinQuery, type PinnedQuery } from '../matching/pinned-query.ts';
import { cutSegments } from '../search/cut-segments.ts';
import { MAX_LISTED_ERRORS } from '../write-result.ts';
import { partName } from './compress-part.ts';
import { encoderOf } from './encoder-of.ts';
import { mergeExportPartials, NOTHING_WRITTEN, type ExportPartial } from './export-partial.ts';
import { exportSpec, type ExportResult, type ExportSpec } from './export-spec.ts';
import { MANIFEST_FILE, STARTED_FILE, type OpenedTarget, type TargetOpener } from './export-target.ts';
import { writePart } from './write-part.ts';

export interface ExportParts {
  readonly catalog: IndexCatalog;
  /** Where exports without a target lie, with their job. */
  readonly store: ObjectStore;
  readonly targets: TargetOpener;
  readonly taskBytes?: number;
}

export interface ExportTask {
  readonly segments: readonly string[];
}

/** Bytes of segments for one part: some hundred megabytes of text, which other tools read well and one task writes in seconds. */
const PART_SEGMENT_BYTES = 128 * 2 ** 20;

type JobName = Pick<JobContext, 'tenant' | 'index'>;

/**
 * The `export` job: the documents that match in one version, written as files (EXP-1). Every task writes one part, named
 * by the task, so that running again replaces it with the same; the finish writes the manifest of the parts.
 */
export class ExportKind implements JobKind<ExportSpec, PinnedQuery, ExportTask, ExportPartial, ExportResult> {
  readonly name = 'export';
  readonly role = 'maintenance';
  readonly spec = exportSpec;

  constructor(private readonly parts: ExportParts) {}

  async admit({ query, target, ...spec }: ExportSpec, context: JobName & Pick<JobContext, 'signal'>): Promise<void> {
    await checkQuery(this.parts.catalog, context, query);
    encoderOf(spec, (await this.parts.catalog.snapshot(context, { consistency: 'eventual' })).schema);
    if (target !== undefined) await refuseUsed(await this.parts.targets.open(target), target, context.signal);
  }

  async plan(spec: ExportSpec, context: JobContext): Promise<{ shared: PinnedQuery; tasks: ExportTask[] }> {
    const { catalog, taskBytes = PART_SEGMENT_BYTES } = this.parts;
    const { query, target, minVersion } = spec;
    if (target !== undefined) await claim(await this.parts.targets.open(target), target, context);
    const manifest = await catalog.snapshot(context, {
      consistency: 'strong',
      ...(minVersion !== undefined && { minVersion }),
    });
    return {
      shared: await pinQuery(catalog, manifest, query, context),
      tasks: cutSegments(manifest.segments, [], taskBytes),
    };
  }

  async run(task: ExportTask, shared: PinnedQuery, spec: ExportSpec, context: TaskContext): Promise<ExportPartial> {
    const manifest = await this.parts.catalog.version(context, shared.version);
    const wanted = new Set(task.segments);
    const part = await writePart(
      this.parts.catalog,
      {
        name: partName(context.task, spec.format, spec.compression),
        entries: manifest.segments.filter(({ id }) => wanted.has(id)),
        matcher: new PinnedMatcher(spec.query, manifest, shared, context),
        encoder: encoderOf(spec, manifest.schema),
        compression: spec.compression,
        target: await this.targetOf(spec, context),
      },
      context,
    );
    return { done: 1, parts: part ? [part] : [], failed: [] };
  }

  failed({ segments }: ExportTask, _shared: PinnedQuery, error: ErrorRecord): ExportPartial {
    return { done: 0, parts: [], failed: [{ task: segments[0]!, error }] };
  }

  empty(): ExportPartial {
    return NOTHING_WRITTEN;
  }

  merge(a: ExportPartial, b: ExportPartial): ExportPartial {
    return mergeExportPartials(a, b);
  }

  async finish(
    { done, parts, failed }: ExportPartial,
    { version }: PinnedQuery,
    spec: ExportSpec,
    context: JobContext,
  ): Promise<JobOutcome<ExportResult>> {
    const wrong = failed.find(({ error }) => error.kind === 'invalid') ?? (done === 0 ? failed[0] : undefined);
    if (wrong) throw fromErrorRecord(wrong.error);
    const sum = (of: 'documents' | 'bytes' | 'plainBytes'): number => parts.reduce((all, part) => all + part[of], 0);
    const { format, compression, target } = spec;
    const written = {
      version,
      documents: sum('documents'),
      bytes: sum('bytes'),
      plainBytes: sum('plainBytes'),
      format,
      compression,
    };
    const opened = await this.targetOf(spec, context);
    if (failed.length === 0) await writeManifest(opened, { ...written, parts }, context);
    const result: ExportResult = {
      ...written,
      ...(target === undefined
        ? { download: `/v1/jobs/${context.jobId}/export` }
        : { target, ...(failed.length === 0 && { manifest: opened.urlOf(MANIFEST_FILE) }) }),
      parts,
      failed: failed.length,
      errors: failed.slice(0, MAX_LISTED_ERRORS).map(({ error }) => ({ code: error.code, detail: error.message })),
    };
    const tasks = done + failed.length;
    return { result, coverage: tasks === 0 ? 1 : done / tasks };
  }

  private async targetOf({ target }: ExportSpec, context: JobContext): Promise<OpenedTarget> {
    if (target !== undefined) return this.parts.targets.open(target);
    const { catalog, store } = this.parts;
    // Below the job's own folder: it is collected with the job.
    const keyOf = (file: string): string => exportedKey(catalog, context, context.jobId, file);
    return { store, keyOf, prefix: keyOf(MANIFEST_FILE).slice(0, -MANIFEST_FILE.length), urlOf: keyOf };
  }
}

/** Where a file of an export without a target lies. */
export const exportedKey = (
  catalog: Pick<IndexCatalog, 'stagingKey'>,
  name: JobName,
  job: string,
  file: string,
): string => catalog.stagingKey(name, job, `export/${file}`);

/** What is there already would be mixed up with the parts. Throws `conflict` (`target_not_empty`). */
async function refuseUsed(
  { store, prefix }: OpenedTarget,
  url: string,
  signal: AbortSignal,
  except?: string,
): Promise<void> {
  for await (const { key } of store.list(prefix, { limit: 2, signal })) {
    if (key === except) continue;
    throw notEmpty(url, key);
  }
}

const notEmpty = (url: string, key: string): QuarryError =>
  new QuarryError('conflict', `there is something at ${url} already (${key}): export to an empty folder or prefix`, {
    code: 'target_not_empty',
    details: { target: url },
  });

/** Of two exports to the same place one begins. */
async function claim(target: OpenedTarget, url: string, { jobId, signal }: JobContext): Promise<void> {
  const key = target.keyOf(STARTED_FILE);
  const ours = encodeUtf8(JSON.stringify({ job: jobId }));
  const isFirst = await target.store.putIfAbsent(key, ours, { signal });
  if (!isFirst && decodeUtf8(await target.store.get(key, { signal })) !== decodeUtf8(ours)) throw notEmpty(url, key);
  try {
    await refuseUsed(target, url, signal, key);
  } catch (error) {
    await target.store.deleteMany([key], { signal });
    throw error;
  }
}

async function writeManifest(
  target: OpenedTarget,
  written: object,
  { jobId, index, createdAt, signal }: JobContext,
): Promise<void> {
  const manifest = { job: jobId, index, exportedAt: new Date(createdAt).toISOString(), ...written };
  const body = encodeUtf8(`${JSON.stringify(manifest, undefined, 2)}\n`);
  await target.store.put(target.keyOf(MANIFEST_FILE), body, { signal });
  await target.store.deleteMany([target.keyOf(STARTED_FILE)], { signal });
}
