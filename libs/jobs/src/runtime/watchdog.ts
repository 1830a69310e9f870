import type { JobPlan, JobRecord, Member } from '#libs/job-store';
import type { AnyJobKind } from '../job-kind.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Fleet } from './fleet.ts';
import type { JobParts } from './job-parts.ts';
import { ranking } from './placement.ts';

export interface WatchdogOptions {
  readonly fleet: Fleet;
  /** Whether to give what is slow to a second worker; what is silent is sent again in any case. */
  readonly hedge: boolean;
}

/** Before anything is known of how long tasks take. */
export const UNKNOWN_PACE_MS = 1_000;
/** Sooner is the noise of schedulers and collectors. */
const LEAST_HEDGE_MS = 20;
/** What is not answered after so many of the waits for a hedge, and at least so long, is silent. */
const SILENT_HEDGES = 10;
const LEAST_SILENT_MS = 2_000;
/** Hedges for each task dispatched: enough for one slow worker in four, too few to double the load of a slow store. */
const HEDGES_PER_TASK = 0.35;
const HEDGE_BURST = 20;

interface Watched {
  readonly kind: AnyJobKind;
  readonly job: JobRecord;
  readonly plan: JobPlan;
  /** Who was sent each task. */
  readonly assigned: ReadonlyMap<number, string>;
  cancel: () => void;
}

/**
 * Watches over tasks that were sent to one worker and that nothing durable holds. What is not answered when 95 of 100
 * would be is hedged: sent to the worker that its data prefers next, and the first answer wins (JOB-2). What is silent for
 * much longer goes to the mailbox of all. Forgetting everything with its process is safe: the reconciler looks after
 * every job that stands still.
 *
 * A watched job is: waiting for its hedge → waiting for its deadline → forgotten. It is forgotten earlier when all its
 * tasks are found recorded.
 */
export class Watchdog {
  private readonly watched = new Set<Watched>();
  private allowance = HEDGE_BURST;
  private dispatcher: Dispatcher | undefined;

  constructor(
    private readonly parts: JobParts,
    private readonly options: WatchdogOptions,
  ) {}

  /** Dispatcher and watchdog need each other; called once, before `watch`. */
  sendThrough(dispatcher: Dispatcher): void {
    this.dispatcher = dispatcher;
  }

  /** @param elapsedMs for which the tasks have been running already */
  watch(
    kind: AnyJobKind,
    job: JobRecord,
    plan: JobPlan,
    assigned: ReadonlyMap<number, string>,
    elapsedMs = 0,
  ): () => void {
    this.allowance = Math.min(HEDGE_BURST, this.allowance + assigned.size * HEDGES_PER_TASK);
    const watched: Watched = { kind, job, plan, assigned, cancel: () => {} };
    this.watched.add(watched);
    const hedgeMs = this.hedgeAfterMs(kind);
    this.arm(watched, Math.max(0, hedgeMs - elapsedMs), async () => {
      const missing = await this.missing(watched);
      if (missing.length === 0) return this.forget(watched);
      if (this.options.hedge) await this.hedge(watched, missing);
      const silentMs = Math.max(LEAST_SILENT_MS, hedgeMs * SILENT_HEDGES) - hedgeMs;
      this.arm(watched, silentMs, async () => {
        this.forget(watched);
        await this.resend(watched, await this.missing(watched));
      });
    });
    return () => this.forget(watched);
  }

  close(): void {
    for (const watched of this.watched) this.forget(watched);
  }

  /**
   * The median of the workers' p95s, so that a slow one does not move it: when a task that is still not answered is one of
   * the slowest of a healthy worker's.
   */
  hedgeAfterMs(kind: AnyJobKind): number {
    const p95s = this.options.fleet.workers(kind.role).flatMap(({ pace }) => pace?.[kind.name]?.p95Ms ?? []);
    const median = p95s.toSorted((a, b) => a - b)[Math.floor((p95s.length - 1) / 2)];
    return median === undefined ? UNKNOWN_PACE_MS : Math.max(LEAST_HEDGE_MS, median);
  }

  private arm(watched: Watched, afterMs: number, action: () => Promise<void>): void {
    if (!this.watched.has(watched)) return;
    watched.cancel = this.parts.clock.after(afterMs, () => {
      action().catch((error: unknown) => {
        this.forget(watched);
        this.parts.logger.debug({ job: watched.job.id, err: error }, 'could not look after tasks; the reconciler will');
      });
    });
  }

  private forget(watched: Watched): void {
    watched.cancel();
    this.watched.delete(watched);
  }

  private async missing({ job, assigned }: Watched): Promise<number[]> {
    const recorded = new Set(await this.parts.jobs.recordedTasks(job.id));
    const missing = [...assigned.keys()].filter((task) => !recorded.has(task));
    if (missing.length === 0) return missing;
    const now = await this.parts.jobs.get(job.id);
    return now?.state === 'running' && now.attempt === job.attempt ? missing : [];
  }

  private async hedge({ kind, job, plan, assigned }: Watched, missing: readonly number[]): Promise<void> {
    const workers = this.options.fleet.workers(kind.role);
    for (const task of missing) {
      const second = secondFor(kind, plan, task, workers, assigned.get(task)!);
      if (second === undefined || this.allowance < 1) continue;
      this.allowance--;
      if (await this.dispatcher!.send(kind, job.id, second, [task], true)) this.parts.events.hedged(kind.name);
    }
  }

  private async resend({ kind, job, assigned }: Watched, missing: readonly number[]): Promise<void> {
    // What runs in this very process is known to be alive; only others may have died over it.
    const lost = missing.filter((task) => !this.dispatcher!.isSelf(assigned.get(task)!));
    if (lost.length > 0) this.parts.logger.debug({ job: job.id, tasks: lost }, 'tasks were not answered: sent to all');
    await this.dispatcher!.share(kind, job.id, lost);
  }
}

function secondFor(
  kind: AnyJobKind,
  plan: JobPlan,
  task: number,
  workers: readonly Member[],
  first: string,
): string | undefined {
  const others = workers.map(({ id }) => id).filter((id) => id !== first);
  return ranking(kind.routeOf!(plan.tasks[task]).key, others)[0];
}
