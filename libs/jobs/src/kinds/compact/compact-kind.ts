import { fromErrorRecord, type ErrorRecord } from '#libs/kernel';
import { planMerges } from '#libs/index';
import type { JobContext, JobKind, JobOutcome, TaskContext } from '../../job-kind.ts';
import { EMPTY_COMPACTION, mergeCompactPartials, type CompactPartial, type RebuiltGroup } from './compact-partial.ts';
import { compactSpec, type CompactResult, type CompactSpec } from './compact-spec.ts';
import { runRebuild, type CompactParts } from './run-rebuild.ts';
import { targetBytesOf } from './target-bytes.ts';

/** What all tasks and the finish share. */
export interface CompactShared {
  /** The version whose segments are merged, with the deletes it has. */
  readonly version: number;
}

/** Segments that become one, or few. */
export interface CompactTask {
  readonly segments: readonly string[];
}

/** The `compact` job: segments are merged into fewer, and the documents that were deleted from them are gone. */
export class CompactKind implements JobKind<CompactSpec, CompactShared, CompactTask, CompactPartial, CompactResult> {
  readonly name = 'compact';
  readonly role = 'maintenance';
  readonly spec = compactSpec;

  constructor(private readonly parts: CompactParts) {}

  async admit(_spec: CompactSpec, context: Pick<JobContext, 'tenant' | 'index'>): Promise<void> {
    await this.parts.catalog.snapshot(context, { consistency: 'eventual' });
  }

  async plan(spec: CompactSpec, context: JobContext): Promise<{ shared: CompactShared; tasks: CompactTask[] }> {
    const { version, segments } = await this.parts.catalog.snapshot(context, { consistency: 'strong' });
    const targetBytes = targetBytesOf(this.parts.memoryBytes, spec.maxSegmentBytes);
    const groups = planMerges(segments, { targetBytes, force: spec.force });
    return { shared: { version }, tasks: groups.map((group) => ({ segments: group })) };
  }

  async run(
    task: CompactTask,
    { version }: CompactShared,
    _spec: CompactSpec,
    context: TaskContext,
  ): Promise<CompactPartial> {
    const { segments } = await this.parts.catalog.version(context, version);
    const wanted = new Set(task.segments);
    const inputs = segments.filter(({ id }) => wanted.has(id));
    return { groups: [await runRebuild(this.parts, inputs, context)], failed: [] };
  }

  failed(_task: CompactTask, _shared: CompactShared, error: ErrorRecord): CompactPartial {
    return { groups: [], failed: [error] };
  }

  empty(): CompactPartial {
    return EMPTY_COMPACTION;
  }

  merge(a: CompactPartial, b: CompactPartial): CompactPartial {
    return mergeCompactPartials(a, b);
  }

  async finish(
    partial: CompactPartial,
    { version: planned }: CompactShared,
    _spec: CompactSpec,
    context: JobContext,
  ): Promise<JobOutcome<CompactResult>> {
    const { groups, failed } = partial;
    if (failed.length > 0 && groups.length === 0) throw fromErrorRecord(failed[0]!);
    const { version, replaced } = await this.replace(groups, planned, context);
    const sum = (of: (group: RebuiltGroup) => number): number =>
      replaced.reduce((total, group) => total + of(group), 0);
    const result: CompactResult = {
      version,
      merged: replaced.length,
      leftOut: groups.length - replaced.length,
      failed: failed.length,
      segmentsBefore: sum(({ inputs }) => inputs.length),
      segmentsAfter: sum(({ outputs }) => outputs.length),
      bytesBefore: sum(({ bytesBefore }) => bytesBefore),
      bytesAfter: sum(({ outputs }) => outputs.reduce((total, { meta }) => total + meta.bytes, 0)),
      documents: sum(({ documents }) => documents),
      purged: sum(({ purged }) => purged),
    };
    const tasks = groups.length + failed.length;
    return { result, coverage: tasks === 0 ? 1 : groups.length / tasks };
  }

  /**
   * JOB-4: every attempt of the job commits once, under its own name, what it rebuilt, as an import's do. All attempts up
   * to this one are asked for: an earlier one may have ended before its commit.
   */
  private async replace(
    groups: readonly RebuiltGroup[],
    planned: number,
    context: JobContext,
  ): Promise<{ version: number; replaced: RebuiltGroup[] }> {
    let version = planned;
    const replaced: RebuiltGroup[] = [];
    for (let attempt = 1; attempt <= context.jobAttempt; attempt++) {
      const its = groups.filter((group) => group.jobAttempt === attempt && isGain(group));
      if (its.length === 0) continue;
      const job = attempt === 1 ? context.jobId : `${context.jobId}.${attempt}`;
      const done = await this.parts.catalog.replace(context, { job, version: planned, groups: its });
      version = Math.max(version, done.version);
      replaced.push(...done.replaced.map((at) => its[at]!));
    }
    return { version, replaced };
  }
}

/** As many segments as before, and nothing gone from them: a new version would only cost. */
const isGain = ({ inputs, outputs, purged }: RebuiltGroup): boolean => outputs.length < inputs.length || purged > 0;
