import type { LimitFunction } from 'p-limit';
import { QuarryError, asQuarryError, kindOf, toErrorRecord } from '#libs/kernel';
import { isTerminal, type JobPlan, type JobRecord, type StoredPartial } from '#libs/job-store';
import type { Delivery, Settlement } from '#libs/broker';
import type { AnyJobKind } from '../job-kind.ts';
import type { DirectTask } from './direct-inbox.ts';
import { Dispatcher, type Routing } from './dispatcher.ts';
import { endJob } from './job-ending.ts';
import { contextOf, foldPartials, specOf } from './job-folding.ts';
import type { JobParts } from './job-parts.ts';
import { decodeMessage, encodeMessage, mailboxOf, PRIORITY, type JobMessage } from './messages.ts';
import { PartialTeller } from './partial-teller.ts';
import { deathsOf, judge, MAX_ATTEMPTS, MAX_DEATHS, putOffMs, tryOf } from './retry-policy.ts';
import { crashedTooOften, TaskRunner, type TaskRun } from './task-runner.ts';
import { UnrecordedJob } from './unrecorded-job.ts';
import { WholeJob } from './whole-job.ts';

/** Well under the reconciler's patience, which is less with what somebody waits for. */
const TOUCH_EVERY_MS = 4_000;
const TOUCH_TRANSIENT_EVERY_MS = 1_000;
/** A message for a sleeping job that comes so early is a duplicate; a little early is another machine's clock. */
const EARLY_MS = 5_000;

/** Where a job stands after a delivery did its part. */
export interface Standing {
  /** Tasks without a partial. */
  readonly remaining: number;
  /** Plan and all partials, if the delivery has seen them itself: then nobody need be asked for them. */
  readonly whole?: { readonly plan: JobPlan; readonly partials: ReadonlyMap<number, StoredPartial> };
}

type Signals = Pick<Delivery, 'attempt' | 'retries' | 'signal'>;

/**
 * The actor behind every mailbox of jobs: takes a message, brings its job one step forward and says what becomes of the
 * message. It keeps no state: whatever it knows it reads from the job store, so any message may come twice, late, or to
 * another process.
 *
 * A job's life: queued → planning → running → finishing → ended. `advance` looks where the job stands and goes on from
 * there; `task` runs tasks. Whoever records the last partial finishes the job, in the same delivery: if the process
 * dies in between, the message comes back, finds nothing remaining and finishes (JOB-3, JOB-4 make that harmless).
 * Transient jobs pass over `planning` and `finishing`: nobody sees them there, and each costs a round trip; those of one
 * task that is at home here pass over all (`WholeJob`).
 */
export class JobActor {
  readonly tasks: TaskRunner;
  readonly dispatcher: Dispatcher;
  private readonly teller: PartialTeller;
  private readonly whole: WholeJob;

  /** @param slots of the worker, for tasks that are routed: those sent to it and those from its mailbox share them */
  constructor(
    private readonly parts: JobParts,
    routing?: Routing,
    private readonly slots?: LimitFunction,
  ) {
    this.tasks = new TaskRunner(parts);
    this.dispatcher = new Dispatcher(parts, routing);
    this.teller = new PartialTeller(parts);
    this.whole = new WholeJob(parts, this.tasks, this.dispatcher, (kind, work) => this.inSlot(kind, work));
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
    const unrecorded = this.unrecordedIn(message);
    // One that comes again was recorded meanwhile, but if its sender died, or it came again very soon.
    const stored = (): Promise<JobRecord | undefined> => unrecorded?.record() ?? this.parts.jobs.get(message.job);
    const found = carried(message, delivery) ?? (await stored());
    // The record was written before the message (JOB-1), so a job without one has been deleted after it ended.
    if (!found || isTerminal(found.state)) return 'ack';
    const now = this.parts.clock.now();
    // Whoever takes it up first starts it; its record says so with the plan.
    const job: JobRecord = { ...found, startedAt: found.startedAt ?? now };
    if (job.expiresAt !== undefined && job.expiresAt <= now) {
      await unrecorded?.record();
      await this.end(job, { state: 'expired', error: expired(job) });
      return 'ack';
    }
    if (job.dueAt !== undefined && job.dueAt > now + EARLY_MS) return 'ack';
    const afterMs = putOffMs(delivery, this.parts.random);
    if (afterMs !== undefined) return this.putOff(job, message, delivery, afterMs);
    const stopTouching = this.keepTouched(job);
    try {
      if (message.type === 'advance' && deathsOf(delivery) >= MAX_DEATHS && !kind.retryAfterMs)
        throw crashedTooOften(deathsOf(delivery));
      if (message.type === 'advance')
        await this.settleStanding(kind, job, await this.advance(kind, job, delivery, unrecorded), delivery);
      else {
        const queueMs = Math.max(0, now - delivery.publishedAt);
        for (const task of message.tasks) await this.runTask({ kind, job, task, delivery, queueMs });
      }
      return 'ack';
    } catch (error) {
      await unrecorded?.record();
      return await this.settleError(error, kind, message, job, delivery);
    } finally {
      stopTouching();
    }
  }

  private unrecordedIn(message: JobMessage): UnrecordedJob | undefined {
    if (message.type !== 'advance' || message.answerTo === undefined) return undefined;
    return message.record?.id === message.job
      ? new UnrecordedJob(this.parts, message.record, message.answerTo)
      : undefined;
  }

  /** A task that was sent to this worker alone. Rejects when it must be given to all: then it is judged there. */
  async handleDirect(direct: DirectTask, signal: AbortSignal): Promise<void> {
    const kind = this.parts.kinds.get(direct.kind);
    const job = await this.parts.jobs.get(direct.job);
    if (!job || isTerminal(job.state)) return;
    const queueMs = Math.max(0, this.parts.clock.now() - direct.sentAt);
    const stopTouching = this.keepTouched(job);
    const delivery = { attempt: 1, retries: 0, signal };
    try {
      await this.runTask({ kind, job, task: direct.task, delivery, queueMs, hedge: direct.hedge });
    } catch (error) {
      this.parts.logger.debug(
        { job: job.id, task: direct.task, err: error },
        'a direct task goes to the mailbox of all',
      );
      throw error;
    } finally {
      stopTouching();
    }
  }

  private async runTask(run: TaskRun): Promise<void> {
    const { remaining, recorded } = await this.inSlot(run.kind, () => this.tasks.run(run));
    if (recorded && remaining > 0) await this.teller.tell(run.kind, run.job);
    await this.settleStanding(run.kind, run.job, { remaining }, run.delivery);
  }

  private inSlot<T>(kind: AnyJobKind, work: () => Promise<T>): Promise<T> {
    return this.slots && kind.routeOf ? this.slots(work) : work();
  }

  private async settleStanding(
    kind: AnyJobKind,
    job: JobRecord,
    standing: Standing,
    { signal }: Pick<Delivery, 'signal'>,
  ): Promise<void> {
    if (standing.remaining === 0) await this.finish(kind, job, signal, standing.whole);
  }

  /** Tells the reconciler that somebody works on the job. */
  private keepTouched({ id, transient }: JobRecord): () => void {
    const everyMs = transient ? TOUCH_TRANSIENT_EVERY_MS : TOUCH_EVERY_MS;
    let cancel = (): void => {};
    const touch = (): void => {
      this.parts.jobs.touch(id).catch((error: unknown) => {
        this.parts.logger.debug({ job: id, err: error }, 'the job could not be touched');
      });
      cancel = this.parts.clock.after(everyMs, touch);
    };
    cancel = this.parts.clock.after(everyMs, touch);
    return () => cancel();
  }

  private async advance(
    kind: AnyJobKind,
    job: JobRecord,
    delivery: Signals,
    unrecorded?: UnrecordedJob,
  ): Promise<Standing> {
    const isNew = job.state === 'queued' && job.attempt === 1;
    if (isNew && kind.transient) {
      const draft = await this.draft(kind, job, delivery.signal);
      if (draft.tasks.length === 1 && this.dispatcher.isMine(kind, draft, 0)) {
        const run = { kind, job, task: 0, delivery, plan: draft, isNew, unrecorded } as const;
        return (await this.whole.run(run, draft)) ?? this.advanceAnew(kind, job, delivery);
      }
      await unrecorded?.record();
      return this.goOn(kind, job, delivery, await this.parts.jobs.recordPlan(job.id, draft), isNew);
    }
    const known = isNew ? undefined : await this.parts.jobs.getPlan(job.id);
    return this.goOn(kind, job, delivery, known ?? (await this.plan(kind, job, delivery.signal)), isNew);
  }

  /** Somebody else has planned the job, or ended it, while it was being done here. */
  private async advanceAnew(kind: AnyJobKind, { id }: JobRecord, delivery: Signals): Promise<Standing> {
    const job = await this.parts.jobs.get(id);
    return !job || isTerminal(job.state) ? { remaining: 1 } : this.advance(kind, job, delivery);
  }

  private async goOn(
    kind: AnyJobKind,
    job: JobRecord,
    delivery: Signals,
    plan: JobPlan | undefined,
    isNew: boolean,
  ): Promise<Standing> {
    if (!plan) return { remaining: 1 };
    const recorded = new Set(isNew ? [] : await this.parts.jobs.recordedTasks(job.id));
    const missing = plan.tasks.map((_, task) => task).filter((task) => !recorded.has(task));
    const [only] = missing;
    if (only === undefined) return { remaining: 0 };
    // One task alone is run here and now, unless its data is at home elsewhere: the hop would cost more than it spreads.
    if (missing.length === 1 && this.dispatcher.isMine(kind, plan, only)) {
      return this.runHere({ kind, job, task: only, delivery, plan, ...(isNew && { isNew }) }, plan);
    }
    await this.dispatcher.dispatch(kind, job, plan, missing);
    return { remaining: missing.length };
  }

  private async runHere(run: TaskRun, plan: JobPlan): Promise<Standing> {
    const stopWatching = this.dispatcher.watchOver(run.kind, run.job, plan, run.task);
    try {
      const { remaining, recorded } = await this.inSlot(run.kind, () => this.tasks.run(run));
      if (!recorded || plan.tasks.length > 1) return { remaining };
      return { remaining, whole: { plan, partials: new Map([[run.task, recorded]]) } };
    } finally {
      stopWatching();
    }
  }

  /** Undefined when the job has ended meanwhile. */
  private async plan(kind: AnyJobKind, job: JobRecord, signal: AbortSignal): Promise<JobPlan | undefined> {
    let planning: JobRecord | undefined = job;
    if (!kind.transient) {
      planning = await this.parts.jobs.transition(job.id, ['queued', 'planning'], { state: 'planning' });
      if (!planning) return this.parts.jobs.getPlan(job.id);
    }
    return this.parts.jobs.recordPlan(job.id, await this.draft(kind, planning, signal));
  }

  private async draft(kind: AnyJobKind, job: JobRecord, signal: AbortSignal): Promise<JobPlan> {
    const spec = await specOf(this.parts, job);
    return kind.plan(spec, contextOf(this.parts, job, signal, this.dispatcher.workers(kind)));
  }

  /** @param begun the job as the delivery found it: what belongs to an earlier attempt than the job's finishes nothing */
  private async finish(
    kind: AnyJobKind,
    begun: JobRecord,
    signal: AbortSignal,
    whole?: Standing['whole'],
  ): Promise<void> {
    const { jobs } = this.parts;
    let job: JobRecord | undefined = begun;
    if (!kind.transient)
      job = await jobs.transition(begun.id, ['running', 'finishing'], { state: 'finishing' }, begun.attempt);
    const plan = whole?.plan ?? (await jobs.getPlan(begun.id));
    if (!job || !plan) return;
    const spec = await specOf(this.parts, job);
    const fold = await foldPartials(this.parts, kind, job, plan, spec, whole?.partials);
    if (fold.partials < plan.tasks.length) return;
    const outcome = await kind.finish(fold.merged, plan.shared, spec, contextOf(this.parts, job, signal));
    await this.end(job, {
      state: 'succeeded',
      result: await this.parts.claims.stow(job, () => `result-${job.attempt}`, outcome.result),
      coverage: outcome.coverage,
      ...(outcome.receipt && { receipt: outcome.receipt }),
    });
  }

  /** It may be what ends its processes: others come first. */
  private putOff(job: JobRecord, { type }: JobMessage, delivery: Delivery, afterMs: number): Settlement {
    this.parts.logger.warn(
      { job: job.id, type, deaths: deathsOf(delivery), afterMs },
      'put off: its processes keep dying',
    );
    return { retryAfterMs: afterMs };
  }

  private async settleError(
    error: unknown,
    kind: AnyJobKind,
    message: JobMessage,
    job: JobRecord,
    delivery: Delivery,
  ): Promise<Settlement> {
    if (kindOf(error) !== 'cancelled' && kind.retryAfterMs) return this.postpone(error, kind, job);
    const verdict = judge(error, delivery, this.parts.random, kind.transient === true);
    const { logger } = this.parts;
    if (verdict.action === 'drop') {
      // Either the job was cancelled, and then its next delivery finds it ended; or the process stops and hands it back.
      return { retryAfterMs: 0 };
    }
    if (verdict.action === 'retry') {
      this.parts.events.retried(job.kind);
      logger.warn({ job: job.id, type: message.type, attempt: delivery.attempt, err: error }, 'will be tried again');
      return { retryAfterMs: verdict.afterMs };
    }
    const ours = kindOf(error) === 'internal' || kindOf(error) === 'corrupt';
    // What the client did wrong is told to the client; the log needs a line, not a stack.
    if (ours)
      logger.error({ job: job.id, type: message.type, attempt: delivery.attempt, err: error }, 'the job failed');
    else logger.warn({ job: job.id, error: toErrorRecord(error) }, 'the job failed');
    await this.end(job, { state: 'failed', error: toErrorRecord(error) });
    const isPoison = deathsOf(delivery) >= MAX_DEATHS || tryOf(delivery) >= MAX_ATTEMPTS;
    if (kindOf(error) !== 'internal' && !isPoison) return 'ack';
    this.parts.events.deadLettered(job.kind);
    return { deadLetter: asQuarryError(error).message };
  }

  /**
   * The kind's own schedule: the job sleeps until its next try, which survives everything since the record holds it; the
   * delayed message only wakes it in time.
   */
  private async postpone(error: unknown, kind: AnyJobKind, job: JobRecord): Promise<Settlement> {
    const { jobs, clock, events, logger } = this.parts;
    const afterMs = kind.retryAfterMs!(error, (job.tries?.length ?? 0) + 1);
    if (afterMs === undefined) {
      logger.warn({ job: job.id, error: toErrorRecord(error) }, 'the job failed for the last time');
      await this.end(job, { state: 'failed', error: toErrorRecord(error) });
      events.deadLettered(job.kind);
      return { deadLetter: asQuarryError(error).message };
    }
    const dueAt = Math.min(clock.now() + afterMs, job.expiresAt ?? Infinity);
    const slept = await jobs.postpone(job.id, dueAt, toErrorRecord(error), job.attempt);
    if (!slept) return 'ack';
    events.retried(job.kind);
    await this.parts.broker.publish(mailboxOf(this.parts.namespace, kind), [
      {
        body: encodeMessage({ v: 2, type: 'advance', job: job.id, kind: kind.name }),
        priority: PRIORITY.readvance,
        delayMs: afterMs,
      },
    ]);
    return 'ack';
  }

  private async end(job: JobRecord, to: Parameters<typeof endJob>[2]): Promise<void> {
    await endJob(this.parts, job, to, job.attempt);
  }
}

/**
 * The record that came with a job's first message. It may have been cancelled since: then nothing of it can be recorded, and
 * that is how it is found out. A message that comes again may be old.
 */
const carried = (message: JobMessage, { attempt }: Delivery): JobRecord | undefined =>
  message.type === 'advance' && attempt === 1 && message.record?.id === message.job ? message.record : undefined;

const expired = (job: JobRecord): ReturnType<typeof toErrorRecord> =>
  toErrorRecord(
    new QuarryError('timeout', `the job did not end within the ${job.expiresAt! - job.createdAt} ms it was given`, {
      code: 'job_expired',
    }),
  );
