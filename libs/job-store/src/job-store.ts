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
  /** Newest first (by id). `after` is the id of the last job of the page before. Without a tenant: of all of them. */
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
  /**
   * Ends a queued job whose whole work was one task, which its planner has done: its progress is then 1 of 1, and neither
   * plan nor partial is kept. One step in place of planning, recording and ending, for what must be quick. False, and
   * nothing changed, when the job is in another state or has been reopened since `attempt`. `to.state` is terminal.
   */
  endWhole(id: string, to: JobTransition, attempt: number): Promise<boolean>;
  /**
   * `create` and `endWhole` in one step, for a job that was done before it had a record. False, and nothing changed, when
   * there is a record of that id, whatever its state. `to.state` is terminal.
   * @param answerTo of whoever expects the job (`expect`): is told of its end, and nobody else is
   */
  recordWhole(job: WholeJob, to: JobTransition, answerTo: string): Promise<boolean>;
  /** By task number. */
  partials(id: string): Promise<Map<number, StoredPartial>>;
  /** The numbers of the tasks that have a partial, ascending; without reading any. */
  recordedTasks(id: string): Promise<number[]>;
  /** Whether the task has a partial, and how many tasks have none; without reading any. */
  taskState(id: string, task: number): Promise<{ recorded: boolean; remaining: number }>;
  /**
   * For `retry`: forgets the partials of these tasks and moves succeeded|failed|cancelled|expired → running (queued, when
   * it has no plan) with `attempt` + 1. A time limit starts anew.
   */
  reopen(id: string, tasks: readonly number[]): Promise<JobRecord | undefined>;

  /** Where a running task is; the latest wins, nothing depends on it. */
  reportProgress(id: string, task: number, progress: TaskProgress): Promise<void>;

  /**
   * Jobs in a non-terminal state that nothing has touched since `before` (ms since 1970), the longest untouched first: the
   * reconciler's work list. With `transientOnly` only such jobs, without looking through the others.
   */
  listStalled(before: number, limit: number, transientOnly?: boolean): Promise<JobRecord[]>;
  /** Marks that the job is being looked after (its `touchedAt`), without changing it. */
  touch(id: string): Promise<void>;
  /**
   * Puts a job that has not ended to sleep until `dueAt` (ms since 1970): adds `tried` to its `tries`, of which the latest
   * MAX_TRIES are kept, and `listStalled` does not name it before then (its `touchedAt` is `dueAt`). Undefined when it
   * has ended or been reopened since `attempt`.
   */
  postpone(id: string, dueAt: number, tried: ErrorRecord, attempt?: number): Promise<JobRecord | undefined>;

  /** Ended jobs with `announce` that ended before `before` and whose end nobody has yet announced, oldest first. */
  listUnannounced(before: number, limit: number): Promise<JobRecord[]>;
  /**
   * The end of the job (of its `attempt`; default: whatever it is now) was told to whom it concerns. A job that has been
   * reopened since owes its next end all the same.
   */
  markAnnounced(id: string, attempt?: number): Promise<void>;
  /**
   * Deletes terminal jobs that ended before `before`, with their partials, oldest first; resolves with what they were. With
   * `transientOnly` only such jobs. Jobs whose end is still to be announced stay.
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
   * several changes, may call without a change, and may keep quiet about a change that another follows at once: the plan of
   * a transient job, the last partial. The returned function ends it.
   */
  watch(id: string, listener: () => void): Promise<() => void>;
  /**
   * Calls `listener` when `recordWhole` is called for this job with `answerTo`, by any process: with its end, or without when
   * that has to be read. May call without a reason, and may miss the end: whoever expects it looks for itself after a while.
   */
  expect(id: string, listener: (end?: JobEnd) => void): Promise<Expectation>;

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
  /** What it is about besides its index (the endpoint of a delivery), for `list`. 1–64 characters. */
  readonly subject?: string;
  /** Whom to tell, and of what; JSON that the store only keeps. */
  readonly callback?: unknown;
  /** Its end is owed to somebody: `listUnannounced` names it until `markAnnounced`. */
  readonly announce?: true;
  readonly idempotency?: IdempotencyKey;
  /** ms since 1970, when it was accepted before its record was made. Default: now. */
  readonly createdAt?: number;
}

/** A job that is over when its record is made. */
export interface WholeJob extends Omit<NewJob, 'idempotency' | 'announce'> {
  readonly createdAt: number;
  readonly startedAt: number;
}

/** What the record of a job that ended whole has, beside what its maker knew of it. */
export interface JobEnd extends JobTransition {
  /** ms since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

export interface Expectation {
  /** Where `recordWhole` reaches this process; goes with the job's message. */
  readonly answerTo: string;
  readonly stop: () => void;
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
  /** What `postpone` was told, oldest first; absent when never. */
  readonly tries?: readonly Try[];
  /** When its next try is due, ms since 1970, while it sleeps: set by `postpone`, taken away by every other change of state. */
  readonly dueAt?: number;
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

/** So many of a job's failed tries are remembered. */
export const MAX_TRIES = 16;

export interface Try {
  /** ms since 1970. */
  readonly at: number;
  readonly error: ErrorRecord;
}

export interface JobFilter {
  readonly tenant?: string;
  readonly subject?: string;
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
