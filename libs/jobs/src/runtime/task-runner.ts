import { QuarryError, isQuarryError, toErrorRecord } from '#libs/kernel';
import { isTerminal, type JobPlan, type JobRecord, type TaskProgress } from '#libs/job-store';
import type { Delivery } from '#libs/broker';
import type { AnyJobKind, TaskContext } from '../job-kind.ts';
import { contextOf, specOf } from './job-folding.ts';
import type { JobParts } from './job-parts.ts';
import { judge, MAX_ATTEMPTS } from './retry-policy.ts';

/** Progress reports closer together than this are dropped, but for the last. */
const PROGRESS_EVERY_MS = 250;

/** Runs one task of a plan and records its partial (JOB-2). */
export class TaskRunner {
  constructor(private readonly parts: JobParts) {}

  /**
   * Answers how many tasks of the job have no partial yet. Throws what shall be retried; what can never succeed becomes
   * the kind's failed partial.
   */
  async run(kind: AnyJobKind, job: JobRecord, task: number, delivery: Delivery): Promise<number> {
    const { jobs, events, clock } = this.parts;
    const plan = await jobs.getPlan(job.id);
    if (!plan || task >= plan.tasks.length) {
      throw new QuarryError('internal', `job ${job.id} has no task ${task}`, { code: 'no_such_task' });
    }
    const before = await jobs.taskState(job.id, task);
    // A message that came again, or late: what it asks for is done (JOB-2).
    if (before.recorded) return before.remaining;
    const began = clock.monotonic();
    const { body, failed } = await this.outcome(kind, job, plan, task, delivery);
    const stowed = await this.parts.claims.stow(job, `partial-${task}-${this.parts.ids.next()}`, body);
    const { recorded, remaining } = await jobs.recordPartial(job.id, task, { body: stowed, failed }, job.attempt);
    const outcome = recorded ? (failed ? 'failed' : 'done') : 'duplicate';
    events.taskRan(kind.name, outcome, clock.monotonic() - began);
    return remaining;
  }

  private async outcome(
    kind: AnyJobKind,
    job: JobRecord,
    plan: JobPlan,
    task: number,
    delivery: Delivery,
  ): Promise<{ body: unknown; failed: boolean }> {
    const cancellation = await this.cancellationOf(job.id, delivery.signal);
    const progress = this.progressReporter(job.id, task);
    try {
      if (delivery.attempt > MAX_ATTEMPTS) throw crashedTooOften(delivery.attempt - 1);
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
      const verdict = judge(error, delivery.attempt, this.parts.random);
      if (verdict.action !== 'fail') throw error;
      this.parts.logger.warn({ job: job.id, task, err: error }, 'a task failed for good');
      return { body: kind.failed(plan.tasks[task], plan.shared, toErrorRecord(error)), failed: true };
    } finally {
      cancellation.end();
    }
  }

  /** A signal that aborts when the delivery's does or when the job ends elsewhere (a client's cancel, an expiry). */
  private async cancellationOf(id: string, deliverySignal: AbortSignal): Promise<{ signal: AbortSignal; end(): void }> {
    const ended = new AbortController();
    const look = (): void => {
      this.parts.jobs.get(id).then(
        (job) => {
          if (!job || isTerminal(job.state)) ended.abort();
        },
        // The job store is out of reach: the task goes on, its partial will find out.
        (error: unknown) => this.parts.logger.debug({ job: id, err: error }, 'could not look for a cancel'),
      );
    };
    const unwatch = await this.parts.jobs.watch(id, look);
    // What ended before the watch began is not told by it.
    look();
    return { signal: AbortSignal.any([deliverySignal, ended.signal]), end: unwatch };
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

export const crashedTooOften = (attempts: number): QuarryError =>
  new QuarryError('invalid', `the work ended its process or its lease ${attempts} times and is not tried again`, {
    code: 'task_crashed',
  });
