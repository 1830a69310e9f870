import { LatencyWindow, QuarryError, isQuarryError, toErrorRecord } from '#libs/kernel';
import {
  isTerminal,
  type JobPlan,
  type JobRecord,
  type Member,
  type StoredPartial,
  type TaskProgress,
} from '#libs/job-store';
import type { Delivery } from '#libs/broker';
import type { AnyJobKind, TaskContext } from '../job-kind.ts';
import { contextOf, specOf } from './job-folding.ts';
import type { JobParts } from './job-parts.ts';
import { deathsOf, judge, MAX_DEATHS } from './retry-policy.ts';
import type { UnrecordedJob } from './unrecorded-job.ts';

/** Progress reports closer together than this are dropped, but for the last. */
const PROGRESS_EVERY_MS = 250;

/** So soon after the job was read, nobody has cancelled it: a task that ends within it does not look. */
const LOOK_AFTER_MS = 100;

export interface TaskRun {
  readonly kind: AnyJobKind;
  readonly job: JobRecord;
  readonly task: number;
  readonly delivery: Pick<Delivery, 'attempt' | 'retries' | 'signal'>;
  /** The job's, if the caller has it. */
  readonly plan?: JobPlan;
  /** Nobody can have recorded it yet: it need not be asked. */
  readonly isNew?: true;
  /** The job has no record yet: to be made before anything else is recorded. */
  readonly unrecorded?: UnrecordedJob | undefined;
  /** Given to this worker because another has not answered. */
  readonly hedge?: boolean;
  /** From being sent to being begun, ms. */
  readonly queueMs?: number;
}

export interface TaskOutcome {
  /** Tasks of the job that have no partial yet. */
  readonly remaining: number;
  /** What was recorded, when it was this run's. */
  readonly recorded?: StoredPartial;
}

export interface ComputedTask {
  /** Of the kind's partial. */
  readonly body: unknown;
  readonly failed: boolean;
  readonly elapsedMs: number;
}

/** Runs one task of a plan and records its partial (JOB-2). */
export class TaskRunner {
  private readonly windows = new Map<string, LatencyWindow>();

  constructor(private readonly parts: JobParts) {}

  /** How long the latest tasks of each kind took here. */
  pace(): NonNullable<Member['pace']> {
    const known = [...this.windows].map(([kind, window]) => [kind, window.pace()] as const);
    return Object.fromEntries(known.flatMap(([kind, pace]) => (pace ? [[kind, pace]] : [])));
  }

  /**
   * Throws what shall be retried; what can never succeed becomes the kind's failed partial.
   */
  async run(run: TaskRun): Promise<TaskOutcome> {
    const { job, task } = run;
    const { jobs } = this.parts;
    const plan = run.plan ?? (await jobs.getPlan(job.id));
    if (!plan || task >= plan.tasks.length) {
      // Tasks are sent when their plan is recorded: a job store that failed over, or came back without its last second, has
      // forgotten it. Whoever plans the job again, the reconciler at the latest, sends the new plan's tasks.
      this.parts.logger.warn({ job: job.id, task }, 'the job has no such task any more');
      return { remaining: 1 };
    }
    if (!run.isNew) {
      const before = await jobs.taskState(job.id, task);
      // A message that came again, or late: what it asks for is done (JOB-2).
      if (before.recorded) return { remaining: before.remaining };
    }
    return this.record(run, await this.compute(run, plan));
  }

  /** The task's partial, recorded nowhere. Throws what shall be retried. */
  async compute(run: TaskRun, plan: JobPlan): Promise<ComputedTask> {
    const { clock } = this.parts;
    const began = clock.monotonic();
    const { body, failed } = await this.outcome(run, plan);
    const elapsedMs = clock.monotonic() - began;
    if (!failed) this.windowOf(run.kind.name).add(elapsedMs);
    return { body, failed, elapsedMs };
  }

  async record(run: TaskRun, computed: ComputedTask): Promise<TaskOutcome> {
    const { job, task, kind } = run;
    const { claims, ids, jobs, events } = this.parts;
    const { body, failed } = computed;
    const partial = { body: await claims.stow(job, () => `partial-${task}-${ids.next()}`, body), failed };
    const { recorded, remaining } = await jobs.recordPartial(job.id, task, partial, job.attempt);
    this.tell(run, computed, recorded ? (failed ? 'failed' : 'done') : 'duplicate');
    if (run.hedge && recorded) events.hedgeWon(kind.name);
    if (recorded && !failed) kind.onRecorded?.(body, { jobId: job.id, jobAttempt: job.attempt });
    return { remaining, ...(recorded && { recorded: partial }) };
  }

  /** Counts the run. */
  tell({ kind, queueMs }: TaskRun, computed: ComputedTask, outcome: 'done' | 'failed' | 'duplicate'): void {
    this.parts.events.taskRan(kind.name, outcome, {
      elapsedMs: computed.elapsedMs,
      ...(queueMs !== undefined && { queueMs }),
      ...(!computed.failed && kind.timingsOf?.(computed.body)),
    });
  }

  private windowOf(kind: string): LatencyWindow {
    let window = this.windows.get(kind);
    if (!window) this.windows.set(kind, (window = new LatencyWindow()));
    return window;
  }

  private async outcome(
    { kind, job, task, delivery }: TaskRun,
    plan: JobPlan,
  ): Promise<{ body: unknown; failed: boolean }> {
    const cancellation = this.cancellationOf(job.id, delivery.signal);
    const progress = this.progressReporter(job.id, task);
    try {
      if (deathsOf(delivery) >= MAX_DEATHS) throw crashedTooOften(deathsOf(delivery));
      const context: TaskContext = {
        ...contextOf(this.parts, job, cancellation.signal),
        task,
        attempt: delivery.attempt,
        progress: progress.report,
      };
      const body = await kind.run(plan.tasks[task], plan.shared, await specOf(this.parts, job), context);
      await progress.flush();
      return { body, failed: false };
    } catch (error) {
      const verdict = judge(error, delivery, this.parts.random, kind.transient === true);
      // A kind with a schedule of its own decides later, when its tries are over.
      if (verdict.action !== 'fail' || kind.retryAfterMs) throw error;
      this.parts.logger.warn({ job: job.id, task, err: error }, 'a task failed for good');
      return { body: kind.failed(plan.tasks[task], plan.shared, toErrorRecord(error)), failed: true };
    } finally {
      cancellation.end();
    }
  }

  /**
   * A signal that aborts when the delivery's does or when the job ends elsewhere (a client's cancel, an expiry). The job was
   * read a moment ago: a task that is over soon neither looks nor watches.
   */
  private cancellationOf(id: string, deliverySignal: AbortSignal): { signal: AbortSignal; end(): void } {
    const { jobs, clock, logger } = this.parts;
    const ended = new AbortController();
    let isOver = false;
    let unwatch = (): void => {};
    const look = async (): Promise<void> => {
      const job = await jobs.get(id);
      if (!job || isTerminal(job.state)) ended.abort();
    };
    // The job store is out of reach: the task goes on, its partial will find out.
    const warn = (error: unknown): void => logger.debug({ job: id, err: error }, 'could not look for a cancel');
    const watch = async (): Promise<void> => {
      const stop = await jobs.watch(id, () => void look().catch(warn));
      if (isOver) return stop();
      unwatch = stop;
      // What ended before the watch began is not told by it.
      await look();
    };
    const cancel = clock.after(LOOK_AFTER_MS, () => void watch().catch(warn));
    const end = (): void => {
      isOver = true;
      cancel();
      unwatch();
    };
    return { signal: AbortSignal.any([deliverySignal, ended.signal]), end };
  }

  private progressReporter(
    id: string,
    task: number,
  ): {
    report: (progress: TaskProgress) => void;
    flush: () => Promise<void>;
  } {
    const { jobs, clock, logger } = this.parts;
    let last = -Infinity;
    let pending: TaskProgress | undefined;
    let sending: Promise<void> = Promise.resolve();
    const send = (progress: TaskProgress): void => {
      pending = undefined;
      last = clock.monotonic();
      sending = jobs.reportProgress(id, task, progress).catch((error: unknown) => {
        logger.debug({ job: id, err: isQuarryError(error) ? error.code : error }, 'progress not reported');
      });
    };
    return {
      report: (progress) => {
        if (clock.monotonic() - last < PROGRESS_EVERY_MS) pending = progress;
        else send(progress);
      },
      flush: async () => {
        if (pending) send(pending);
        await sending;
      },
    };
  }
}

export const crashedTooOften = (deaths: number): QuarryError =>
  new QuarryError('invalid', `the work ended its process or its lease ${deaths} times and is not tried again`, {
    code: 'task_crashed',
  });
