import { QuarryError, asQuarryError, fromErrorRecord, type ErrorRecord } from '#libs/kernel';
import type { CommittedJob } from '#libs/index';
import type { JobContext, JobKind, JobOutcome, TaskContext } from '../../job-kind.ts';
import { MAX_LISTED_ERRORS, type WriteError, type WriteResult } from '../write-result.ts';
import { cutTasks, type ImportTask } from './cut-tasks.ts';
import { checkSources, expandSources } from './expand-sources.ts';
import { EMPTY_IMPORT, mergeImportPartials, type ImportPartial, type RecordError } from './import-partial.ts';
import { importSpec, type ImportSpec } from './import-spec.ts';
import { displayName } from './display-name.ts';
import { runImport } from './run-import.ts';
import type { ImportParts } from './import-parts.ts';

/** What all tasks and the finish share. */
export interface ImportShared {
  /** The index's version when the job was planned: an index dropped and made anew since is another index. */
  readonly plannedAt: number;
}

/** The `import` job: documents of files, or of a request's body, become segments of an index. */
export class ImportKind implements JobKind<ImportSpec, ImportShared, ImportTask, ImportPartial, WriteResult> {
  readonly name = 'import';
  readonly role = 'index';
  readonly spec = importSpec;

  constructor(private readonly parts: ImportParts) {}

  async admit(spec: ImportSpec, context: Pick<JobContext, 'tenant' | 'index' | 'signal'>): Promise<void> {
    await checkSources(spec, this.parts.opener, context.signal);
    await this.ensureIndex(context);
  }

  async plan(spec: ImportSpec, context: JobContext): Promise<{ shared: ImportShared; tasks: ImportTask[] }> {
    await this.ensureIndex(context);
    const { version } = await this.parts.catalog.snapshot(context, { consistency: 'strong' });
    return {
      shared: { plannedAt: version },
      tasks: cutTasks(await expandSources(spec, this.parts.opener, context.signal)),
    };
  }

  run(task: ImportTask, _shared: ImportShared, spec: ImportSpec, context: TaskContext): Promise<ImportPartial> {
    return runImport(this.parts, task, spec, context);
  }

  failed(task: ImportTask, _shared: ImportShared, error: ErrorRecord): ImportPartial {
    const errors: RecordError[] = task.parts.slice(0, MAX_LISTED_ERRORS).map((part) => ({
      file: part.file,
      name: displayName(part.url),
      from: part.from,
      line: -1,
      item: -1,
      kind: error.kind,
      code: error.code,
      detail: error.message,
    }));
    return { ...EMPTY_IMPORT, failed: task.parts.length, errors, tasks: 1, failedTasks: 1 };
  }

  empty(): ImportPartial {
    return EMPTY_IMPORT;
  }

  merge(a: ImportPartial, b: ImportPartial): ImportPartial {
    return mergeImportPartials(a, b);
  }

  async finish(
    partial: ImportPartial,
    { plannedAt }: ImportShared,
    spec: ImportSpec,
    context: JobContext,
  ): Promise<JobOutcome<WriteResult>> {
    if (partial.failedTasks > 0 && (spec.onError === 'fail' || partial.failedTasks === partial.tasks)) {
      throw refusal(partial);
    }
    const commits = await this.commitAttempts(partial, plannedAt, context);
    const sum = (count: 'indexed' | 'updated' | 'deleted'): number =>
      commits.reduce((total, committed) => total + committed[count], 0);
    const result: WriteResult = {
      indexed: sum('indexed'),
      updated: sum('updated'),
      deleted: sum('deleted'),
      failed: partial.failed,
      errors: partial.errors.map((error) => publicError(error, partial, spec)),
      version: Math.max(...commits.map(({ version }) => version)),
      segments: partial.segments.length,
    };
    return { result, coverage: partial.tasks === 0 ? 1 : 1 - partial.failedTasks / partial.tasks };
  }

  /**
   * JOB-4: every attempt of the job commits once, under its own name, the segments it made. All attempts up to this one
   * are asked for, because an earlier one may have ended before its commit (refused, cancelled, a store that was gone); one
   * that is contained already answers what was recorded then. One after the other: a later attempt's documents are newer.
   */
  private async commitAttempts(
    partial: ImportPartial,
    plannedAt: number,
    context: JobContext,
  ): Promise<readonly CommittedJob[]> {
    const commits: CommittedJob[] = [];
    for (let attempt = 1; attempt <= context.jobAttempt; attempt++) {
      const segments = partial.segments.filter((segment) => segment.jobAttempt === attempt);
      // The first is committed even when it is empty: that gives the version to answer.
      if (attempt > 1 && segments.length === 0) continue;
      const job = attempt === 1 ? context.jobId : `${context.jobId}.${attempt}`;
      commits.push(await this.parts.catalog.commit(context, { job, segments, plannedAt }));
    }
    return commits;
  }

  /** A first write makes the index: its schema is dynamic then. */
  private async ensureIndex(name: Pick<JobContext, 'tenant' | 'index'>): Promise<void> {
    try {
      await this.parts.catalog.snapshot(name, { consistency: 'eventual' });
    } catch (error) {
      if (asQuarryError(error).code !== 'index_not_found') throw error;
      await this.parts.catalog.create(name, {}).catch((created: unknown) => {
        if (asQuarryError(created).code !== 'index_already_exists') throw created;
      });
    }
  }
}

function refusal(partial: ImportPartial): QuarryError {
  const first = partial.errors[0];
  if (!first) return new QuarryError('internal', 'every task of the import failed');
  return fromErrorRecord({ kind: first.kind ?? 'invalid', code: first.code, message: first.detail });
}

/** With the place in the file, which only the counts of all parts before it tell. */
function publicError(error: RecordError, partial: ImportPartial, spec: ImportSpec): WriteError {
  const { code, detail } = error;
  const staged = spec.sources[0]!.startsWith('staging:');
  if (error.line < 0) return staged ? { code, detail } : { file: error.name, code, detail };
  const before = partial.parts.filter((part) => part.file === error.file && part.from < error.from);
  const line = before.reduce((sum, part) => sum + part.lines, 0) + error.line + 1;
  const item = before.reduce((sum, part) => sum + part.records, 0) + error.item;
  return staged ? { item, line, code, detail } : { file: error.name, line, code, detail };
}
