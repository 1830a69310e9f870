import type { ErrorRecord } from '#libs/kernel';

/**
 * The port to where jobs are remembered: records, partials, leases, notifications. Every method that changes something
 * is one atomic step with its outcomes named. JSON values in, JSON values out.
 *
 * Errors: `unavailable` (`job_store_unavailable`), `overloaded` (`disk_full`).
 */
export interface JobStore {
  /**
   * Makes the record durable. With an idempotency key seen before for this tenant: same `fingerprint` → the earlier job
   * and `created: false`; another fingerprint → `conflict` (`idempotency_key_reused`).
   */
  create(job: NewJob): Promise<{ created: boolean; job: JobRecord }>;
  get(id: string): Promise<JobRecord | undefined>;
  /** The job that `create` with this key would answer; undefined when it would make one. Throws as `create` does. */
  getByKey(tenant: string, idempotency: IdempotencyKey): Promise<JobRecord | undefined>;
  /** Newest first (by id). `after` is the id of the last job of the page before. */
  list(filter: JobFilter, page: { after?: string; limit: number }): Promise<JobRecord[]>;

  /**
   * Moves the job to `to.state` if its state is one of `from`; the record afterwards, or undefined when it was in none
   * of them (JOB-3: a terminal state is never in `from`; adapters refuse it with `internal`), or has been reopened since
   * `attempt`.
   */
  transition(
    id: string,
    from: readonly JobState[],
    to: JobTransition,
    attempt?: number,
  ): Promise<JobRecord | undefined>;

  /**
   * Fixes the job's tasks, once: planning → running. A second plan for the same job changes nothing. Resolves with the
   * tasks in force (the first plan's), or undefined when the job is no longer queued, planning or running.
   */
  recordPlan(id: string, plan: JobPlan): Promise<JobPlan | undefined>;
  getPlan(id: string): Promise<JobPlan | undefined>;

  /**
   * JOB-2: records a task's partial; the first write wins. `recorded` tells whether this was it, `remaining` how many
   * tasks of the plan have none yet. Whoever sees `recorded && remaining === 0` finishes the job. A job that is
   * terminal, or has no plan, or has been reopened since `attempt`, records nothing.
   * @param attempt the job's, when the task began; default: whatever it is now
   */
  recordPartial(
    id: string,
    task: number,
    partial: StoredPartial,
    attempt?: number,
  ): Promise<{ recorded: boolean; remaining: number }>;
  /** By task number. */
  partials(id: string): Promise<Map<number, StoredPartial>>;
  /** Whether the task has a partial, and how many tasks have none; without reading any. */
  taskState(id: string, task: number): Promise<{ recorded: boolean; remaining: number }>;
  /**
   * For `retry`: forgets the partials of these tasks and moves succeeded|failed|cancelled|expired → running (queued, when
   * it has no plan) with `attempt` + 1. A time limit starts anew.
   */
  reopen(id: string, tasks: readonly number[]): Promise<JobRecord | undefined>;

  /** Where a running task is; the latest wins, nothing depends on it. */
  reportProgress(id: string, task: number, progress: TaskProgress): Promise<void>;

  /** Jobs in a non-terminal state that nothing has touched since `before` (ms since 1970): the reconciler's work list. */
  listStalled(before: number, limit: number): Promise<JobRecord[]>;
  /** Marks that the job is being looked after (its `touchedAt`), without changing it. */
  touch(id: string): Promise<void>;
  /**
   * Deletes terminal jobs that ended before `before`, with their partials, oldest first; resolves with what they were. With
   * `transientOnly` only such jobs.
   */
  deleteEnded(before: number, limit: number, transientOnly?: boolean): Promise<JobRecord[]>;

  /**
   * Mutual exclusion by time: the lease if it was free, expired or held by the same owner already (then it is
   * prolonged), else undefined. `token` is a fencing token: it rises
   * whenever a lease that was free or had run out is taken, even by who held it last.
   */
  acquireLease(name: string, owner: string, ttlMs: number): Promise<Lease | undefined>;
  releaseLease(lease: Lease): Promise<void>;

  /** A small shared value that anyone may overwrite (a newest manifest version, a dedupe mark). Never the only copy. */
  putHint(key: string, value: number): Promise<void>;
  getHint(key: string): Promise<number | undefined>;

  /**
   * Calls `listener` soon after each change of the job's record, partials or progress made by any process; may coalesce
   * several changes and may call without a change. The returned function ends it.
   */
  watch(id: string, listener: () => void): Promise<() => void>;

  ping(): Promise<void>;
  close(): Promise<void>;
}

export const JOB_STATES = [
  'queued',
  'planning',
  'running',
  'finishing',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const TERMINAL_STATES = ['succeeded', 'failed', 'cancelled', 'expired'] as const satisfies JobState[];
export const isTerminal = (state: JobState): boolean => (TERMINAL_STATES as readonly JobState[]).includes(state);

export interface NewJob {
  /** A ULID: the order of ids is the order of creation. */
  readonly id: string;
  readonly kind: string;
  readonly tenant: string;
  readonly index: string;
  /** What was asked, validated; or a claim check to it. */
  readonly spec: unknown;
  readonly priority?: number;
  /**
   * Its steps need only survive the death of every process, not a power cut: for what is simply asked again (a search).
   * Spares an embedded store its fsyncs.
   */
  readonly transient?: true;
  /** ms since 1970, after which the job expires if it has not ended. */
  readonly expiresAt?: number;
  readonly idempotency?: IdempotencyKey;
}

export interface IdempotencyKey {
  readonly key: string;
  /** Of what was asked: the same key with another one is a mistake. */
  readonly fingerprint: string;
}

export interface JobRecord extends Omit<NewJob, 'idempotency'> {
  readonly state: JobState;
  /** 1, or more after `reopen`. */
  readonly attempt: number;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** The last time anybody did something for it. */
  readonly touchedAt: number;
  /** Tasks of the plan, tasks with a partial, tasks whose partial reports a failure. */
  readonly progress: { readonly total: number; readonly done: number; readonly failed: number };
  /** Sums of the latest TaskProgress of every task. */
  readonly work: TaskProgress;
  readonly result?: unknown;
  readonly coverage?: number;
  readonly error?: ErrorRecord;
  readonly receipt?: unknown;
}

export interface JobTransition {
  readonly state: JobState;
  readonly result?: unknown;
  readonly coverage?: number;
  readonly error?: ErrorRecord;
  readonly receipt?: unknown;
}

export interface JobPlan {
  /** Kind-specific facts that all tasks and the finish share: the pinned version, the statistics. */
  readonly shared: unknown;
  /** The message of each task; a task's number is its place here. Empty: the job finishes at once. */
  readonly tasks: readonly unknown[];
}

export interface StoredPartial {
  /** JSON of the kind's partial, or a claim check to it. */
  readonly body: unknown;
  readonly failed: boolean;
}

/** Bytes of source and documents or segments handled so far, and what is expected. */
export interface TaskProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly documents: number;
}

export interface JobFilter {
  readonly tenant: string;
  readonly kind?: string;
  readonly state?: JobState;
  readonly index?: string;
}

export interface Lease {
  readonly name: string;
  readonly owner: string;
  readonly token: number;
  readonly expiresAt: number;
}
