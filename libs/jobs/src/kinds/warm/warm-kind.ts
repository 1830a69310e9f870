import type { IndexCatalog, Manifest, SegmentEntry } from '#libs/index';
import { fromErrorRecord, invalid, QuarryError, toErrorRecord, type ErrorRecord } from '#libs/kernel';
import type { AccessStats } from '#libs/object-store';
import type { JobContext, JobKind, JobOutcome, TaskContext, TaskRoute } from '../../job-kind.ts';
import { cutSegments, TASK_SEGMENT_BYTES, type SearchTask } from '../search/cut-segments.ts';
import { warmSegment } from './warm-segment.ts';
import { warmSpec, type WarmResult, type WarmSpec } from './warm-spec.ts';

export interface WarmParts {
  readonly catalog: Pick<IndexCatalog, 'snapshot' | 'version' | 'openOne'>;
  /** As searches are cut, so that a segment is warmed where it will be searched. */
  readonly taskBytes?: number;
  /** What the caches of a worker hold together: a task reads no more. */
  readonly cacheBytes: number;
}

interface WarmShared {
  readonly version: number;
}

interface WarmPartial {
  readonly segments: number;
  readonly leftOut: number;
  /** One for each segment; the first of them explain why. */
  readonly failed: number;
  readonly errors: readonly ErrorRecord[];
  readonly gets: number;
  readonly bytes: number;
}

const NOTHING: WarmPartial = { segments: 0, leftOut: 0, failed: 0, errors: [], gets: 0, bytes: 0 };

/** The `warm` job: the workers that would search an index read into their caches what most searches of it need. */
export class WarmKind implements JobKind<WarmSpec, WarmShared, SearchTask, WarmPartial, WarmResult> {
  readonly name = 'warm';
  readonly role = 'search';
  readonly spec = warmSpec;

  constructor(private readonly parts: WarmParts) {}

  async admit({ fields }: WarmSpec, context: Pick<JobContext, 'tenant' | 'index'>): Promise<void> {
    checkFields(fields, await this.parts.catalog.snapshot(context, { consistency: 'strong' }));
  }

  async plan(_spec: WarmSpec, context: JobContext): Promise<{ shared: WarmShared; tasks: SearchTask[] }> {
    const { version, segments } = await this.parts.catalog.snapshot(context, { consistency: 'strong' });
    return {
      shared: { version },
      tasks: cutSegments(segments, context.workers, this.parts.taskBytes ?? TASK_SEGMENT_BYTES),
    };
  }

  async run(task: SearchTask, shared: WarmShared, spec: WarmSpec, context: TaskContext): Promise<WarmPartial> {
    const { segments } = await this.parts.catalog.version(context, shared.version);
    const wanted = new Set(task.segments);
    let partial = NOTHING;
    for (const entry of segments.filter(({ id }) => wanted.has(id))) {
      checkCancelled(context.signal);
      partial = this.merge(partial, await this.warm(entry, spec, partial.bytes, context));
    }
    return partial;
  }

  routeOf({ segments, worker }: SearchTask): TaskRoute {
    return { key: segments[0]!, ...(worker !== undefined && { worker }) };
  }

  failed(task: SearchTask, _shared: WarmShared, error: ErrorRecord): WarmPartial {
    return { ...NOTHING, failed: task.segments.length, errors: [error] };
  }

  empty(): WarmPartial {
    return NOTHING;
  }

  merge(a: WarmPartial, b: WarmPartial): WarmPartial {
    const textOf = (error: ErrorRecord): string => `${error.kind} ${error.code} ${error.message}`;
    return {
      segments: a.segments + b.segments,
      leftOut: a.leftOut + b.leftOut,
      failed: a.failed + b.failed,
      // One of them, the same in whatever order they come.
      errors: [...a.errors, ...b.errors].toSorted((x, y) => (textOf(x) < textOf(y) ? -1 : 1)).slice(0, 1),
      gets: a.gets + b.gets,
      bytes: a.bytes + b.bytes,
    };
  }

  async finish(partial: WarmPartial, { version }: WarmShared): Promise<JobOutcome<WarmResult>> {
    const { segments, leftOut, failed, errors, gets, bytes } = partial;
    if (segments === 0 && errors[0]) throw fromErrorRecord(errors[0]);
    const all = segments + leftOut + failed;
    return {
      result: { version, segments, leftOut, failed, gets, bytes },
      coverage: all === 0 ? 1 : (segments + leftOut) / all,
      receipt: { segments, gets, bytes },
    };
  }

  private async warm(
    entry: SegmentEntry,
    { fields }: WarmSpec,
    bytesRead: number,
    { signal }: TaskContext,
  ): Promise<WarmPartial> {
    if (bytesRead >= this.parts.cacheBytes) return { ...NOTHING, leftOut: 1 };
    const stats: AccessStats = { gets: 0, bytes: 0, cacheHits: 0 };
    try {
      const { reader } = await this.parts.catalog.openOne(entry, { stats, signal });
      await warmSegment(reader, fields);
      return { ...NOTHING, segments: 1, gets: stats.gets, bytes: stats.bytes };
    } catch (error) {
      checkCancelled(signal);
      return { ...NOTHING, failed: 1, errors: [toErrorRecord(error)], gets: stats.gets, bytes: stats.bytes };
    }
  }
}

function checkCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new QuarryError('cancelled', 'the warm-up was cancelled');
}

function checkFields(fields: readonly string[] | undefined, { schema }: Manifest): void {
  const unknown = fields?.find((field) => !Object.hasOwn(schema.fields, field));
  if (unknown !== undefined) {
    throw invalid('unknown_field', `fields: the index has no field "${unknown}"`, { field: unknown });
  }
}
