import type { Clock, ErrorRecord } from '#libs/kernel';
import type { TaskProgress } from '#libs/job-store';
import type { ZodType } from 'zod';

/**
 * A kind of work: four functions and a schema (DESIGN §1). A new kind touches no runtime code. All four may run more than
 * once, on any worker, at the same time: they must be idempotent. What they are given and return is JSON.
 */
export interface JobKind<Spec, Shared, Task, Partial, Result> {
  readonly name: string;
  /** The worker role that runs its tasks. */
  readonly role: WorkerRole;
  /** The name of its mailbox when it shall not wait behind the role's others. */
  readonly mailbox?: string;
  readonly spec: ZodType<Spec>;
  /** A power cut may take its latest jobs back, since their clients simply ask again; the death of processes never does. */
  readonly transient?: true;

  /**
   * What can be known to be wrong before a job exists (no such index, a field of the wrong type, no such source): throws
   * what the client shall be told. Cheap, without effects that matter.
   */
  admit?(spec: Spec, context: Pick<JobContext, 'tenant' | 'index' | 'signal'>): Promise<void>;

  /** Pins what the job works on and cuts it into tasks. Deterministic for a given spec and state of the world. */
  plan(spec: Spec, context: JobContext): Promise<{ shared: Shared; tasks: Task[] }>;

  /** One task → its partial. A thrown retryable error is retried, any other becomes `failed(task, error)`. */
  run(task: Task, shared: Shared, spec: Spec, context: TaskContext): Promise<Partial>;
  /**
   * Told of partials that were computed in this process and recorded, so that later tasks of the same attempt may rely on
   * them. Cheap; only a hint, since other processes' are not told.
   */
  onRecorded?(partial: Partial, context: Pick<JobContext, 'jobId' | 'jobAttempt'>): void;
  /** Where the task had better run, because what it reads is cached there. Then it is sent there, and watched over. */
  routeOf?(task: Task): TaskRoute;
  /** How long the task waited for the store and computed, ms, as its partial tells; for metrics. */
  timingsOf?(partial: Partial): { readonly ioMs: number; readonly cpuMs: number };
  /**
   * For a kind with a schedule of its own: ms until the job is tried again after this error, undefined to give up, when
   * its `tries` so many have failed. Without it, a message is tried a few times within minutes.
   */
  retryAfterMs?(error: unknown, tries: number): number | undefined;
  /** The partial that says that this task failed: data, not an exception. */
  failed(task: Task, shared: Shared, error: ErrorRecord): Partial;

  /** Associative and commutative, with `empty(spec, shared)` as its identity. */
  empty(spec: Spec, shared: Shared): Partial;
  merge(a: Partial, b: Partial, spec: Spec): Partial;

  /** Fold → outcome. Idempotent: it may run again after a crash, on the same fold. */
  finish(partial: Partial, shared: Shared, spec: Spec, context: JobContext): Promise<JobOutcome<Result>>;
  /** The same without effects, for a job that still runs: what a poll shows as `partial`. Undefined: nothing to show. */
  preview?(partial: Partial, shared: Shared, spec: Spec, context: JobContext): Promise<Result> | Result;
}

export interface TaskRoute {
  /** Stands for what the task reads: the same key, the same worker, as long as it lives. */
  readonly key: string;
  /** The worker that the plan had in mind. */
  readonly worker?: string;
}

export type WorkerRole = 'search' | 'index' | 'maintenance';

export interface JobOutcome<Result> {
  readonly result: Result;
  /** 0 … 1: the share of the work that the result speaks for. */
  readonly coverage: number;
  readonly receipt?: Record<string, number>;
}

export interface JobContext {
  readonly jobId: string;
  readonly tenant: string;
  readonly index: string;
  readonly createdAt: number;
  readonly startedAt: number;
  /** 1, or more when a client asked for a retry of what failed: only this attempt's tasks have run again. */
  readonly jobAttempt: number;
  /** Earlier tries of this job that failed and were postponed (`retryAfterMs`). */
  readonly tries: number;
  readonly clock: Clock;
  /** The workers that take the kind's tasks now, by id; empty when that is not known. For the plan. */
  readonly workers: readonly string[];
  /** Aborts when the job is cancelled, expired, or the process stops. */
  readonly signal: AbortSignal;
}

export interface TaskContext extends JobContext {
  readonly task: number;
  /** 1 on the first try. */
  readonly attempt: number;
  /** Cheap to call often: the runtime thins it out. */
  readonly progress: (progress: TaskProgress) => void;
}

// A registry holds kinds of every type.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyJobKind = JobKind<any, any, any, any, any>;
