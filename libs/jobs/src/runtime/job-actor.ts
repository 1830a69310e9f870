import { QuarryError, asQuarryError, kindOf, toErrorRecord } from '#libs/kernel';
import { isTerminal, type JobPlan, type JobRecord } from '#libs/job-store';
import type { Delivery, Settlement } from '#libs/broker';
import type { AnyJobKind } from '../job-kind.ts';
import { contextOf, foldPartials, specOf } from './job-folding.ts';
import type { JobParts } from './job-parts.ts';
import { decodeMessage, encodeMessage, mailboxOf, PRIORITY, type JobMessage } from './messages.ts';
import { judge, MAX_ATTEMPTS } from './retry-policy.ts';
import { crashedTooOften, TaskRunner } from './task-runner.ts';

/** Well under the reconciler's patience. */
const TOUCH_EVERY_MS = 4_000;

/**
 * The actor behind every mailbox of jobs: takes a message, brings its job one step forward and says what becomes of the
 * message. It keeps no state: whatever it knows it reads from the job store, so any message may come twice, late, or to
 * another process.
 *
 * A job's life: queued → planning → running → finishing → ended. `advance` looks where the job stands and goes on from
 * there; `task` runs one task. Whoever records the last partial finishes the job, in the same delivery: if the process
 * dies in between, the message comes back, finds nothing remaining and finishes (JOB-3, JOB-4 make that harmless).
 */
export class JobActor {
  private readonly tasks: TaskRunner;

  constructor(private readonly parts: JobParts) {
    this.tasks = new TaskRunner(parts);
  }

  async handle(delivery: Delivery): Promise<Settlement> {
    let message: JobMessage;
    let kind: AnyJobKind;
    try {
      message = decodeMessage(delivery.body);
      kind = this.parts.kinds.get(message.kind);
    } catch (error) {
      this.parts.events.deadLettered('unknown');
      return { deadLetter: asQuarryError(error).message };
    }
    const job = await this.parts.jobs.get(message.job);
    // The record was written before the message (JOB-1), so a job without one has been deleted after it ended.
    if (!job || isTerminal(job.state)) return 'ack';
    if (job.expiresAt !== undefined && job.expiresAt <= this.parts.clock.now()) {
      await this.end(job, { state: 'expired', error: expired(job) });
      return 'ack';
    }
    const stopTouching = this.keepTouched(job.id);
    try {
      // Errors are counted on the way; more deliveries than that are processes that died over it.
      if (message.type === 'advance' && delivery.attempt > MAX_ATTEMPTS) throw crashedTooOften(delivery.attempt - 1);
      const remaining =
        message.type === 'task'
          ? await this.tasks.run(kind, job, message.task, delivery)
          : await this.advance(kind, job, delivery);
      if (remaining === 0) await this.finish(kind, job, delivery.signal);
      return 'ack';
    } catch (error) {
      return await this.settleError(error, message, job, delivery);
    } finally {
      stopTouching();
    }
  }

  /** Tells the reconciler that somebody works on the job. */
  private keepTouched(id: string): () => void {
    let cancel = (): void => {};
    const touch = (): void => {
      this.parts.jobs.touch(id).catch((error: unknown) => {
        this.parts.logger.debug({ job: id, err: error }, 'the job could not be touched');
      });
      cancel = this.parts.clock.after(TOUCH_EVERY_MS, touch);
    };
    cancel = this.parts.clock.after(TOUCH_EVERY_MS, touch);
    return () => cancel();
  }

  /** Answers how many tasks have no partial yet. */
  private async advance(kind: AnyJobKind, job: JobRecord, delivery: Delivery): Promise<number> {
    const plan = (await this.parts.jobs.getPlan(job.id)) ?? (await this.plan(kind, job, delivery.signal));
    if (!plan) return 1;
    const recorded = await this.parts.jobs.partials(job.id);
    const missing = plan.tasks.map((_, task) => task).filter((task) => !recorded.has(task));
    // One task alone is run here and now: the hop through the broker would cost more than it spreads.
    if (missing.length === 1) return this.tasks.run(kind, job, missing[0]!, delivery);
    if (missing.length > 0) {
      await this.parts.broker.publish(
        mailboxOf(this.parts.namespace, kind.role),
        missing.map((task) => ({
          body: encodeMessage({ v: 1, type: 'task', job: job.id, kind: kind.name, task }),
          priority: PRIORITY.task,
          ...(kind.transient && { transient: true as const }),
        })),
      );
    }
    return missing.length;
  }

  /** Undefined when the job has ended meanwhile. */
  private async plan(kind: AnyJobKind, job: JobRecord, signal: AbortSignal): Promise<JobPlan | undefined> {
    const planning = await this.parts.jobs.transition(job.id, ['queued', 'planning'], { state: 'planning' });
    if (!planning) return this.parts.jobs.getPlan(job.id);
    const spec = await specOf(this.parts, job);
    const plan = await kind.plan(spec, contextOf(this.parts, planning, signal));
    return this.parts.jobs.recordPlan(job.id, plan);
  }

  /** @param begun the job as the delivery found it: what belongs to an earlier attempt than the job's finishes nothing */
  private async finish(kind: AnyJobKind, begun: JobRecord, signal: AbortSignal): Promise<void> {
    const { jobs } = this.parts;
    const to = { state: 'finishing' } as const;
    const job = await jobs.transition(begun.id, ['running', 'finishing'], to, begun.attempt);
    const plan = await jobs.getPlan(begun.id);
    if (!job || !plan) return;
    const spec = await specOf(this.parts, job);
    const fold = await foldPartials(this.parts, kind, job, plan, spec);
    if (fold.partials < plan.tasks.length) return;
    const outcome = await kind.finish(fold.merged, plan.shared, spec, contextOf(this.parts, job, signal));
    await this.end(job, {
      state: 'succeeded',
      result: await this.parts.claims.stow(job, `result-${job.attempt}`, outcome.result),
      coverage: outcome.coverage,
      ...(outcome.receipt && { receipt: outcome.receipt }),
    });
  }

  private async settleError(
    error: unknown,
    message: JobMessage,
    job: JobRecord,
    delivery: Delivery,
  ): Promise<Settlement> {
    const verdict = judge(error, delivery.attempt, this.parts.random);
    const { logger } = this.parts;
    if (verdict.action === 'drop') {
      // Either the job was cancelled, and then its next delivery finds it ended; or the process stops and hands it back.
      return { retryAfterMs: 0 };
    }
    if (verdict.action === 'retry') {
      logger.warn({ job: job.id, type: message.type, attempt: delivery.attempt, err: error }, 'will be tried again');
      return { retryAfterMs: verdict.afterMs };
    }
    const ours = kindOf(error) === 'internal' || kindOf(error) === 'corrupt';
    // What the client did wrong is told to the client; the log needs a line, not a stack.
    if (ours)
      logger.error({ job: job.id, type: message.type, attempt: delivery.attempt, err: error }, 'the job failed');
    else logger.warn({ job: job.id, error: toErrorRecord(error) }, 'the job failed');
    await this.end(job, { state: 'failed', error: toErrorRecord(error) });
    if (kindOf(error) !== 'internal' && delivery.attempt < MAX_ATTEMPTS) return 'ack';
    this.parts.events.deadLettered(job.kind);
    return { deadLetter: asQuarryError(error).message };
  }

  private async end(job: JobRecord, to: Parameters<JobParts['jobs']['transition']>[2]): Promise<void> {
    const from = ['queued', 'planning', 'running', 'finishing'] as const;
    const ended = await this.parts.jobs.transition(job.id, from, to, job.attempt);
    if (ended) this.parts.events.ended(job.kind, to.state, this.parts.clock.now() - job.createdAt);
  }
}

const expired = (job: JobRecord): ReturnType<typeof toErrorRecord> =>
  toErrorRecord(
    new QuarryError('timeout', `the job did not end within the ${job.expiresAt! - job.createdAt} ms it was given`, {
      code: 'job_expired',
    }),
  );
