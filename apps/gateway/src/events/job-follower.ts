import { kindOf, type Clock, type ErrorKind } from '#libs/kernel';
import { isTerminal, type JobRecord, type JobStore } from '#libs/job-store';
import type { JobService, JobView } from '#libs/jobs';
import { listedJob, publicJob } from '../http/public-job.ts';
import { Doorbell } from './doorbell.ts';
import { digestOf, positionText, type Position, type RunningPosition } from './event-position.ts';

export interface JobEvent {
  readonly id: string;
  readonly event: 'progress' | 'partial' | 'done';
  readonly data: unknown;
}

export interface FollowParts {
  readonly jobService: Pick<JobService, 'get'>;
  readonly jobs: Pick<JobStore, 'get' | 'watch'>;
  readonly clock: Clock;
}

/** Changes closer together than this are looked at once. */
const LOOK_GAP_MS = 50;
/** Between two merges, and at least nine times what the last one took: following a job costs at most a tenth of a core. */
const MERGE_GAP_MS = 200;
const MERGE_REST = 9;
/** In case a notification was lost. */
const LOOK_AGAIN_MS = 10_000;
/** Proxies close what is silent for a minute, some after thirty seconds. */
const QUIET_MS = 15_000;
/** After the job store or the object store was out of reach. */
const TROUBLE_MS = 1_000;
/** What may be over at the next look. */
const PASSING: ReadonlySet<ErrorKind> = new Set(['unavailable', 'timeout', 'overloaded']);

/** The job as it is; with the merge of its partials when that was due. */
interface Look {
  readonly view: JobView;
  readonly merged: boolean;
}

/**
 * Follows one job by its state. It is pulled, not pushed: the next event is made from the job as it is when the reader asks
 * for it, so a slow reader skips what happened meanwhile, and nothing waits in memory for it.
 *
 * Opened: the job exists and is watched. `changes` runs once and ends the watch, as `close` does.
 */
export class JobFollower {
  private lookedAt: number;
  private toldAt: number;
  private mergeDueAt = -Infinity;

  private constructor(
    private readonly parts: FollowParts,
    private readonly first: JobView,
    private readonly bell: Doorbell,
    private readonly unwatch: () => void,
  ) {
    this.lookedAt = parts.clock.monotonic();
    this.toldAt = this.lookedAt;
    if (first.job.progress.done > 0) this.mergeDueAt = this.lookedAt + MERGE_GAP_MS;
  }

  /** Throws `not-found` (`job_not_found`) as a poll does. */
  static async open(parts: FollowParts, tenant: string, id: string): Promise<JobFollower> {
    const bell = new Doorbell();
    const unwatch = await parts.jobs.watch(id, () => bell.ring());
    try {
      return new JobFollower(parts, await parts.jobService.get(tenant, id), bell, unwatch);
    } catch (error) {
      unwatch();
      throw error;
    }
  }

  /** As it was when it was opened. */
  get job(): JobRecord {
    return this.first.job;
  }

  /** Whether a reader that has seen so much has nothing more to expect. */
  hasToldAll(seen: Position | undefined): boolean {
    return seen !== undefined && 'end' in seen && seen.attempt === this.job.attempt && isTerminal(this.job.state);
  }

  close(): void {
    this.unwatch();
  }

  /**
   * What differs from what the reader has seen, change by change (none: a sign of life is due), until the job has ended (`done` is the last), is forgotten,
   * or the signal aborts. Of a change that is undone before the reader asks, nothing is told.
   */
  async *changes(seen: Position | undefined, signal: AbortSignal): AsyncGenerator<readonly JobEvent[]> {
    try {
      let position = startAfter(seen);
      let look: Look | 'forgotten' | 'trouble' = { view: this.first, merged: true };
      while (!signal.aborted && look !== 'forgotten') {
        let behind = false;
        if (look !== 'trouble') {
          const { job } = look.view;
          if (isTerminal(job.state)) {
            yield [doneEvent(look.view)];
            return;
          }
          const news = differences(position, look);
          ({ position } = news);
          if (news.events.length > 0) yield this.tell(news.events);
          behind = isBehind(position, job);
        }
        await this.pause(look === 'trouble', behind, signal);
        if (this.parts.clock.monotonic() - this.toldAt >= QUIET_MS) yield this.tell([]);
        look = await this.look(position);
      }
    } finally {
      this.unwatch();
    }
  }

  private tell(events: readonly JobEvent[]): readonly JobEvent[] {
    this.toldAt = this.parts.clock.monotonic();
    return events;
  }

  private async pause(trouble: boolean, behind: boolean, signal: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    const sooner = trouble ? this.lookedAt + TROUBLE_MS : behind ? this.mergeDueAt : Infinity;
    const until = Math.min(sooner, this.lookedAt + LOOK_AGAIN_MS, this.toldAt + QUIET_MS);
    if (!trouble) await this.bell.wait(clock, until - clock.monotonic(), signal);
    const early = this.lookedAt + (trouble ? TROUBLE_MS : LOOK_GAP_MS) - clock.monotonic();
    if (early > 0) await clock.sleep(early, signal).catch(() => {});
  }

  private async look(position: RunningPosition): Promise<Look | 'forgotten' | 'trouble'> {
    const { jobs, jobService, clock } = this.parts;
    const { id, tenant } = this.job;
    this.bell.silence();
    this.lookedAt = clock.monotonic();
    try {
      const job = await jobs.get(id);
      if (!job) return 'forgotten';
      const mergeIsDue = this.lookedAt >= this.mergeDueAt && isBehind(position, job);
      if (!mergeIsDue && !isTerminal(job.state)) return { view: { job }, merged: false };
      const view = await jobService.get(tenant, id);
      const now = clock.monotonic();
      this.mergeDueAt = now + Math.max(MERGE_GAP_MS, (now - this.lookedAt) * MERGE_REST);
      return { view, merged: true };
    } catch (error) {
      if (kindOf(error) === 'not-found') return 'forgotten';
      if (PASSING.has(kindOf(error))) return 'trouble';
      throw error;
    }
  }
}

function startAfter(seen: Position | undefined): RunningPosition {
  // An end that was seen is of an earlier attempt, else there would be nothing to tell.
  return seen === undefined || 'end' in seen ? { attempt: 0, merged: 0, summary: '' } : seen;
}

/** Whether partials have come that no merge has shown; those of another attempt count anew. */
function isBehind(position: RunningPosition, { attempt, progress }: JobRecord): boolean {
  return progress.done > 0 && (attempt !== position.attempt || progress.done !== position.merged);
}

/** What to tell a reader who has seen `before`, and what it has seen then. */
function differences(
  before: RunningPosition,
  { view, merged }: Look,
): { readonly events: readonly JobEvent[]; readonly position: RunningPosition } {
  const { job, partial } = view;
  const { attempt } = job;
  let position = before.attempt === attempt ? before : { attempt, merged: 0, summary: '' };
  const events: JobEvent[] = [];
  const data = listedJob(job);
  const summary = digestOf(data);
  if (summary !== position.summary) {
    position = { ...position, summary };
    events.push({ id: positionText(position), event: 'progress', data });
  }
  if (merged && isBehind(position, job)) {
    position = { ...position, merged: job.progress.done };
    // A kind without a preview shows none; that it was asked is remembered all the same.
    if (partial !== undefined) events.push({ id: positionText(position), event: 'partial', data: partial });
  }
  return { events, position };
}

const doneEvent = (view: JobView): JobEvent => ({
  id: positionText({ attempt: view.job.attempt, end: true }),
  event: 'done',
  data: publicJob(view),
});
