import type { JobPlan, JobRecord, Member } from '#libs/job-store';
import type { AnyJobKind } from '../job-kind.ts';
import type { DirectInbox, DirectTask } from './direct-inbox.ts';
import type { Fleet } from './fleet.ts';
import type { JobParts } from './job-parts.ts';
import { addressOf, encodeMessage, mailboxOf, PRIORITY } from './messages.ts';
import { ranking } from './placement.ts';
import { UNKNOWN_PACE_MS, type Watchdog } from './watchdog.ts';

/** What a process that takes part in routing has besides the shared mailboxes. */
export interface Routing {
  /** This worker's id. */
  readonly self: string;
  readonly fleet: Fleet;
  readonly inbox: DirectInbox;
  readonly watchdog: Watchdog;
}

/**
 * So many of the workers that a task prefers are asked whether they have a slot free; then it is anybody's, who takes it as
 * soon as one is free. Two, so that what many ask for comes to lie in two caches, not in all.
 */
const HOMES = 2;

/**
 * Sends a job's tasks where they had better run: to the worker that each prefers, all of one worker's in one message, and
 * under a watchdog's eye, because such a message is kept nowhere; or to the mailbox that all workers share.
 */
export class Dispatcher {
  constructor(
    private readonly parts: JobParts,
    private readonly routing?: Routing,
  ) {}

  /** The workers that take the kind's tasks; empty when the process does not know. */
  workers(kind: AnyJobKind): string[] {
    return this.routing?.fleet.workers(kind.role).map(({ id }) => id) ?? [];
  }

  /**
   * Whether the task had better run in this very process: it is this worker's, or nobody's. What runs here is watched too.
   */
  isMine(kind: AnyJobKind, plan: JobPlan, task: number): boolean {
    const worker = this.workerOf(kind, plan, task);
    return worker === undefined || worker === this.routing?.self;
  }

  /**
   * Watches over a task that this process has been running for `elapsedMs`; its plan is recorded. The returned function
   * ends it.
   */
  watchOver(kind: AnyJobKind, job: JobRecord, plan: JobPlan, task: number, elapsedMs = 0): () => void {
    if (!this.routing || !kind.routeOf) return () => {};
    return this.routing.watchdog.watch(kind, job, plan, new Map([[task, this.routing.self]]), elapsedMs);
  }

  /** When a task of the kind is taking long. */
  hedgeAfterMs(kind: AnyJobKind): number {
    return this.routing?.watchdog.hedgeAfterMs(kind) ?? UNKNOWN_PACE_MS;
  }

  async dispatch(kind: AnyJobKind, job: JobRecord, plan: JobPlan, tasks: readonly number[]): Promise<void> {
    const assigned = new Map<number, string>();
    const shared: number[] = [];
    const byWorker = new Map<string, number[]>();
    for (const task of tasks) {
      const worker = this.workerOf(kind, plan, task);
      if (worker === undefined) shared.push(task);
      else byWorker.set(worker, [...(byWorker.get(worker) ?? []), task]);
    }
    for (const [worker, its] of byWorker) {
      if (await this.send(kind, job.id, worker, its, false)) for (const task of its) assigned.set(task, worker);
      else shared.push(...its);
    }
    await this.share(kind, job.id, shared);
    if (assigned.size > 0) this.routing!.watchdog.watch(kind, job, plan, assigned);
  }

  isSelf(worker: string): boolean {
    return worker === this.routing?.self;
  }

  /** Whether somebody is there who was sent them. */
  async send(
    kind: AnyJobKind,
    job: string,
    worker: string,
    tasks: readonly number[],
    hedge: boolean,
  ): Promise<boolean> {
    const sentAt = this.parts.clock.now();
    if (worker === this.routing?.self) {
      this.routing.inbox.offer(tasks.map((task): DirectTask => ({ job, kind: kind.name, task, hedge, sentAt })));
      return true;
    }
    const body = encodeMessage({
      v: 2,
      type: 'task',
      job,
      kind: kind.name,
      tasks: [...tasks],
      sentAt,
      ...(hedge && { hedge }),
    });
    const sent = await this.parts.broker
      .send(addressOf(this.parts.namespace, worker), [body])
      .catch((error: unknown) => {
        // Not sent is not sent: the mailbox of all is next, and if it cannot be reached either, that is told.
        this.parts.logger.debug({ job, worker, err: error }, 'tasks could not be sent to a worker directly');
        return false;
      });
    if (sent) this.routing?.fleet.noteSent(worker, tasks.length);
    if (sent) this.parts.events.dispatched(kind.name, 'direct', tasks.length);
    return sent;
  }

  /** To the mailbox of all, one message a task: there they survive whatever happens. */
  async share(kind: AnyJobKind, job: string, tasks: readonly number[]): Promise<void> {
    if (tasks.length === 0) return;
    await this.parts.broker.publish(
      mailboxOf(this.parts.namespace, kind),
      tasks.map((task) => ({
        body: encodeMessage({ v: 2, type: 'task', job, kind: kind.name, tasks: [task] }),
        priority: PRIORITY.task,
        ...(kind.transient && { transient: true as const }),
      })),
    );
    this.parts.events.dispatched(kind.name, 'shared', tasks.length);
  }

  /** Undefined: anybody. */
  private workerOf(kind: AnyJobKind, plan: JobPlan, task: number): string | undefined {
    const route = kind.routeOf?.(plan.tasks[task]);
    if (!route || !this.routing) return undefined;
    const workers = this.routing.fleet.workers(kind.role);
    const ranked = ranking(
      route.key,
      workers.map(({ id }) => id).filter((id) => id !== route.worker),
    );
    const homes = route.worker === undefined ? ranked : [route.worker, ...ranked];
    return homes.slice(0, HOMES).find((id) => this.hasSpare(workers.find((worker) => worker.id === id)));
  }

  /** As far as is known: its last heartbeat, and what was sent to it from here since. */
  private hasSpare(worker: Member | undefined): boolean {
    if (!worker) return false;
    const { running, waiting, concurrency } = worker.load;
    return running + waiting + this.routing!.fleet.sentTo(worker.id) < concurrency;
  }
}
