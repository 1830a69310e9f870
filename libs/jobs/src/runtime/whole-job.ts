import { isDeepStrictEqual } from 'node:util';
import type { JobPlan } from '#libs/job-store';
import type { AnyJobKind } from '../job-kind.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Standing } from './job-actor.ts';
import { noteEnd } from './job-ending.ts';
import { contextOf, foldPartials, specOf } from './job-folding.ts';
import type { JobParts } from './job-parts.ts';
import type { ComputedTask, TaskRun, TaskRunner } from './task-runner.ts';

type InSlot = <T>(kind: AnyJobKind, work: () => Promise<T>) => Promise<T>;

/** Before a task would be hedged its plan must be recorded, else no second worker could read it. */
const RECORD_AT = 0.5;

/**
 * Runs a new transient job whose whole work is one task that is at home here: most searches. Nothing is recorded on the way;
 * plan, partial and end are one step (`JobStore.endWhole`) in place of three; the record too, if there is none yet
 * (`recordWhole`). If the process dies before, the job is still queued, and its message comes again.
 *
 * What takes long, fails or covers only a part goes the usual way from where it stands: then somebody may want to hedge it,
 * see its progress, or run again what is missing.
 */
export class WholeJob {
  constructor(
    private readonly parts: JobParts,
    private readonly tasks: TaskRunner,
    private readonly dispatcher: Dispatcher,
    private readonly inSlot: InSlot,
  ) {}

  /** Undefined when somebody else has planned the job, or ended it, meanwhile. */
  async run(run: TaskRun, draft: JobPlan): Promise<Standing | undefined> {
    const { kind, job } = run;
    const { clock, jobs } = this.parts;
    const recordAfterMs = this.dispatcher.hedgeAfterMs(kind) * RECORD_AT;
    let recording: Promise<JobPlan | undefined> | undefined;
    let stopWatching = (): void => {};
    const cancel = clock.after(recordAfterMs, () => {
      recording = this.recordEarly(run, draft, recordAfterMs).then((watching) => {
        if (watching) stopWatching = watching.stop;
        return watching?.plan;
      });
    });
    let computed: ComputedTask;
    try {
      computed = await this.inSlot(kind, () => this.tasks.compute(run, draft));
    } finally {
      cancel();
      await recording;
      stopWatching();
    }
    if (!recording && (await this.endWhole(run, draft, computed))) return { remaining: 1 };
    await run.unrecorded?.record();
    const plan = (await recording) ?? (await jobs.recordPlan(job.id, draft));
    // What came out of the store was JSON.
    if (!plan || !isDeepStrictEqual(plan, JSON.parse(JSON.stringify(draft)))) return undefined;
    const { remaining, recorded } = await this.tasks.record(run, computed);
    return { remaining, ...(recorded && { whole: { plan, partials: new Map([[0, recorded]]) } }) };
  }

  /** Undefined when it could not be recorded now; then it is when the task is over. */
  private async recordEarly(
    { kind, job, unrecorded }: TaskRun,
    draft: JobPlan,
    elapsedMs: number,
  ): Promise<{ plan: JobPlan; stop: () => void } | undefined> {
    try {
      await unrecorded?.record();
      const plan = await this.parts.jobs.recordPlan(job.id, draft);
      return plan && { plan, stop: this.dispatcher.watchOver(kind, job, plan, 0, elapsedMs) };
    } catch (error) {
      this.parts.logger.debug({ job: job.id, err: error }, 'the plan of a slow job could not be recorded yet');
      return undefined;
    }
  }

  private async endWhole(run: TaskRun, plan: JobPlan, computed: ComputedTask): Promise<boolean> {
    if (computed.failed) return false;
    const { kind, job, delivery } = run;
    const { claims, jobs } = this.parts;
    const spec = await specOf(this.parts, job);
    const partials = new Map([[0, { body: computed.body, failed: false }]]);
    const { merged } = await foldPartials(this.parts, kind, job, plan, spec, partials);
    const outcome = await kind.finish(merged, plan.shared, spec, contextOf(this.parts, job, delivery.signal));
    // A client may ask for what is missing to be run again: that takes the plan and the partial.
    if (outcome.coverage < 1) return false;
    const to = {
      state: 'succeeded',
      result: await claims.stow(job, () => `result-${job.attempt}`, outcome.result),
      coverage: outcome.coverage,
      ...(outcome.receipt && { receipt: outcome.receipt }),
    } as const;
    const isRecorded = await run.unrecorded?.recordWhole(to, job.startedAt!);
    if (!isRecorded && !(await jobs.endWhole(job.id, to, job.attempt))) return false;
    this.tasks.tell(run, computed, 'done');
    // Whom it is announced to reads the whole record; for metrics what is known is enough.
    const ended = job.announce ? await jobs.get(job.id) : { ...job, ...to };
    if (ended) await noteEnd(this.parts, ended);
    return true;
  }
}
