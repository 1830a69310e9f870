import { fromErrorRecord, type ErrorRecord } from '#libs/kernel';
import type { IndexCatalog, Manifest } from '#libs/index';
import type { JobContext, JobKind, JobOutcome, TaskContext } from '../../job-kind.ts';
import { checkQuery, PinnedMatcher, pinQuery, type PinnedQuery } from '../matching/pinned-query.ts';
import { cutSegments, TASK_SEGMENT_BYTES } from '../search/cut-segments.ts';
import { MAX_LISTED_ERRORS, type WriteError } from '../write-result.ts';
import {
  chosenBy,
  mergeDeletePartials,
  NOTHING_FOUND,
  type DeleteByQueryPartial,
  type FoundDocs,
  type UnsearchedSegments,
} from './delete-by-query-partial.ts';
import { deleteByQuerySpec, type DeleteByQueryResult, type DeleteByQuerySpec } from './delete-by-query-spec.ts';
import { findDocs } from './find-docs.ts';
import { firstDocs, unpackDocs } from './packed-docs.ts';

export interface DeleteByQueryParts {
  readonly catalog: IndexCatalog;
  /** Bytes of segments that one task looks through, at most (of several). */
  readonly taskBytes?: number;
}

export interface DeleteByQueryTask {
  readonly segments: readonly string[];
}

type Spec = DeleteByQuerySpec;
type Partial = DeleteByQueryPartial;

/**
 * The `delete-by-query` job: what matches in one version is deleted in one commit, but for what others have replaced or
 * deleted in between (DEL-1). Tasks only look; the finish deletes, so a job that dies has deleted all or nothing.
 */
export class DeleteByQueryKind implements JobKind<Spec, PinnedQuery, DeleteByQueryTask, Partial, DeleteByQueryResult> {
  readonly name = 'delete-by-query';
  readonly role = 'index';
  readonly spec = deleteByQuerySpec;

  constructor(private readonly parts: DeleteByQueryParts) {}

  async admit({ query }: Spec, context: Pick<JobContext, 'tenant' | 'index'>): Promise<void> {
    await checkQuery(this.parts.catalog, context, query);
  }

  async plan(
    { query, minVersion }: Spec,
    context: JobContext,
  ): Promise<{ shared: PinnedQuery; tasks: DeleteByQueryTask[] }> {
    const { catalog, taskBytes = TASK_SEGMENT_BYTES } = this.parts;
    const manifest = await catalog.snapshot(context, {
      consistency: 'strong',
      ...(minVersion !== undefined && { minVersion }),
    });
    return {
      shared: await pinQuery(catalog, manifest, query, context),
      tasks: cutSegments(manifest.segments, [], taskBytes),
    };
  }

  async run(task: DeleteByQueryTask, shared: PinnedQuery, spec: Spec, context: TaskContext): Promise<Partial> {
    const manifest = await this.parts.catalog.version(context, shared.version);
    const matcher = new PinnedMatcher(spec.query, manifest, shared, context);
    const wanted = new Set(task.segments);
    const entries = manifest.segments.filter(({ id }) => wanted.has(id));
    return { found: await findDocs(this.parts.catalog, entries, matcher, spec, context), failed: [] };
  }

  failed({ segments }: DeleteByQueryTask, _shared: PinnedQuery, error: ErrorRecord): Partial {
    return { found: [], failed: [{ segments, error }] };
  }

  empty(): Partial {
    return NOTHING_FOUND;
  }

  merge(a: Partial, b: Partial): Partial {
    return mergeDeletePartials(a, b);
  }

  async finish(
    partial: Partial,
    shared: PinnedQuery,
    spec: Spec,
    context: JobContext,
  ): Promise<JobOutcome<DeleteByQueryResult>> {
    const { found, failed } = partial;
    const wrong = failed.find(({ error }) => error.kind === 'invalid') ?? (found.length === 0 ? failed[0] : undefined);
    if (wrong) throw fromErrorRecord(wrong.error);
    const chosen = chosenBy(found, context.jobAttempt, spec.maxDocs);
    const asked = chosen.flat().reduce((sum, { docs }) => sum + docs!.count, 0);
    const done = spec.dryRun
      ? { version: shared.version, deleted: 0 }
      : await this.delete(chosen, shared, spec, context);
    const manifest = await this.parts.catalog.version(context, shared.version);
    const result: DeleteByQueryResult = {
      indexed: 0,
      updated: 0,
      deleted: done.deleted,
      failed: unsearchedDocuments(manifest, failed),
      errors: errorsOf(failed),
      version: done.version,
      segments: 0,
      matched: found.reduce((sum, { matched }) => sum + matched, 0),
      versionConflicts: spec.dryRun ? 0 : asked - done.deleted,
      dryRun: spec.dryRun,
    };
    const unsearched = failed.reduce((sum, { segments }) => sum + segments.length, 0);
    const all = manifest.segments.length;
    return { result, coverage: all === 0 ? 1 : 1 - unsearched / all };
  }

  /** JOB-4: every attempt of the job commits once, under its own name, the deletion of what it found. */
  private async delete(
    chosen: readonly (readonly FoundDocs[])[],
    { version: pinned }: PinnedQuery,
    { conflicts }: Spec,
    context: JobContext,
  ): Promise<{ version: number; deleted: number }> {
    let [version, deleted] = [pinned, 0];
    for (const [at, its] of chosen.entries()) {
      if (its.length === 0) continue;
      const done = await this.parts.catalog.deleteDocs(context, {
        job: at === 0 ? context.jobId : `${context.jobId}.${at + 1}`,
        version: pinned,
        segments: its.map(({ segment, docs }) => ({
          id: segment,
          docs: firstDocs(unpackDocs(docs!.packed, docs!.words), docs!.count),
        })),
        conflicts,
      });
      version = Math.max(version, done.version);
      deleted += done.deleted;
    }
    return { version, deleted };
  }
}

/** Live documents of which nobody knows whether they match. */
function unsearchedDocuments({ segments }: Manifest, failed: readonly UnsearchedSegments[]): number {
  const ids = new Set(failed.flatMap((each) => each.segments));
  return segments
    .filter(({ id }) => ids.has(id))
    .reduce((sum, { docCount, deletes }) => sum + docCount - (deletes?.count ?? 0), 0);
}

const errorsOf = (failed: readonly UnsearchedSegments[]): WriteError[] =>
  failed
    .flatMap(({ segments, error }) =>
      segments.map((segment) => ({ file: segment, code: error.code, detail: error.message })),
    )
    .slice(0, MAX_LISTED_ERRORS);
