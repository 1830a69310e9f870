import { isDeepStrictEqual } from 'node:util';
import type { Clock, ErrorRecord, Random } from '#libs/kernel';
import { wholeMs } from './job-rules.ts';
import {
  isTerminal,
  type Expectation,
  type IdempotencyKey,
  type JobEnd,
  type JobFilter,
  type JobPlan,
  type JobRecord,
  type JobState,
  type JobStore,
  type JobTransition,
  type Lease,
  type NewJob,
  type StoredPartial,
  type TaskProgress,
  type WholeJob,
} from './job-store.ts';
import { Patience } from './patience.ts';

export interface PatientJobStoreOptions {
  readonly jobs: JobStore;
  readonly clock: Clock;
  readonly random: Random;
  /** How long one call is repeated. */
  readonly patienceMs?: number;
}

/** A Redis that fails over is back within half a minute, one that is restarted with its data within a minute or two. */
const PATIENCE_MS = 120_000;
/** For what loses little when it fails, and holds up the caller when it waits. */
const BRIEF_PATIENCE_MS = 2000;

/**
 * A JobStore that repeats what fails with `unavailable`, for workers: losing the store for a minute must not throw away
 * a finished task. A call that failed may have taken effect, only its answer was lost; each method says why repeating it
 * is safe all the same, and answers as if the first call's answer had arrived. Where another process has done the very
 * same thing meanwhile the two cannot be told apart, and both believe that it was they: what follows is idempotent.
 */
export class PatientJobStore implements JobStore {
  private readonly jobs: JobStore;
  private readonly patience: Patience;
  private readonly patienceMs: number;

  constructor(options: PatientJobStoreOptions) {
    this.jobs = options.jobs;
    this.patience = new Patience(options);
    this.patienceMs = options.patienceMs ?? PATIENCE_MS;
  }

  /** The caller has made the id for this call: a job that has it already is the one that the lost call made. */
  create(job: NewJob): Promise<{ created: boolean; job: JobRecord }> {
    return this.repeat(async (isDoubtful) => {
      const outcome = await this.jobs.create(job);
      return isDoubtful && outcome.job.id === job.id ? { ...outcome, created: true } : outcome;
    });
  }

  get(id: string): Promise<JobRecord | undefined> {
    return this.repeat(() => this.jobs.get(id));
  }

  getByKey(tenant: string, idempotency: IdempotencyKey): Promise<JobRecord | undefined> {
    return this.repeat(() => this.jobs.getByKey(tenant, idempotency));
  }

  list(filter: JobFilter, page: { after?: string; limit: number }): Promise<JobRecord[]> {
    return this.repeat(() => this.jobs.list(filter, page));
  }

  /** As `transition` to an end: a job that shows it, in the same attempt, was ended by the first call. */
  endWhole(id: string, to: JobTransition, attempt: number): Promise<boolean> {
    return this.repeat(async (isDoubtful) => {
      if (await this.jobs.endWhole(id, to, attempt)) return true;
      const found = isDoubtful ? await this.jobs.get(id) : undefined;
      return found?.attempt === attempt && shows(found, to);
    });
  }

  /** A record that is over in its first attempt, and ended so, was made by the first call. */
  recordWhole(job: WholeJob, to: JobTransition, answerTo: string): Promise<boolean> {
    return this.repeat(async (isDoubtful) => {
      if (await this.jobs.recordWhole(job, to, answerTo)) return true;
      const found = isDoubtful ? await this.jobs.get(job.id) : undefined;
      return found?.attempt === 1 && shows(found, to);
    });
  }

  /**
   * A second one finds the job where the first has put it: either that is in `from` too, and it is put there again, or
   * the record shows that this very transition was made. An end is tied to the attempt that the job has now: if the lost
   * call has ended that one and a client has it run again, the repetition must not end the next.
   */
  async transition(
    id: string,
    from: readonly JobState[],
    to: JobTransition,
    attempt?: number,
  ): Promise<JobRecord | undefined> {
    const during = attempt ?? (isTerminal(to.state) ? (await this.get(id))?.attempt : undefined);
    return this.repeat(async (isDoubtful) => {
      const moved = await this.jobs.transition(id, from, to, during);
      if (moved || !isDoubtful) return moved;
      const found = await this.jobs.get(id);
      return found && (during === undefined || found.attempt === during) && shows(found, to) ? found : undefined;
    });
  }

  /** A second plan changes nothing and answers the first. */
  recordPlan(id: string, plan: JobPlan): Promise<JobPlan | undefined> {
    return this.repeat(() => this.jobs.recordPlan(id, plan));
  }

  getPlan(id: string): Promise<JobPlan | undefined> {
    return this.repeat(() => this.jobs.getPlan(id));
  }

  /**
   * The first write wins, so a second one changes nothing and answers what remains. Whether the first was this caller's
   * is told by what it wrote.
   */
  recordPartial(
    id: string,
    task: number,
    partial: StoredPartial,
    attempt?: number,
  ): Promise<{ recorded: boolean; remaining: number }> {
    return this.repeat(async (isDoubtful) => {
      const outcome = await this.jobs.recordPartial(id, task, partial, attempt);
      if (outcome.recorded || !isDoubtful) return outcome;
      const recorded = same((await this.jobs.partials(id)).get(task), partial);
      return { ...outcome, recorded };
    });
  }

  partials(id: string): Promise<Map<number, StoredPartial>> {
    return this.repeat(() => this.jobs.partials(id));
  }

  recordedTasks(id: string): Promise<number[]> {
    return this.repeat(() => this.jobs.recordedTasks(id));
  }

  taskState(id: string, task: number): Promise<{ recorded: boolean; remaining: number }> {
    return this.repeat(() => this.jobs.taskState(id, task));
  }

  /** It raises the attempt by one: when it has risen the lost call has done it, and it is not done again. */
  async reopen(id: string, tasks: readonly number[]): Promise<JobRecord | undefined> {
    const before = await this.get(id);
    if (!before) return undefined;
    return this.repeat(async (isDoubtful) => {
      const found = isDoubtful ? await this.jobs.get(id) : before;
      if (found?.attempt === before.attempt) return this.jobs.reopen(id, tasks);
      return found?.attempt === before.attempt + 1 ? found : undefined;
    });
  }

  /** Not repeated: a late report would overwrite a newer one, and nothing depends on it. */
  reportProgress(id: string, task: number, progress: TaskProgress): Promise<void> {
    return this.jobs.reportProgress(id, task, progress);
  }

  listStalled(before: number, limit: number, transientOnly?: boolean): Promise<JobRecord[]> {
    return this.repeat(() => this.jobs.listStalled(before, limit, transientOnly));
  }

  /** Not repeated: the next one comes soon. */
  touch(id: string): Promise<void> {
    return this.jobs.touch(id);
  }

  /** A second one would note the try twice, so the record is looked at first. Too late for that it is noted twice. */
  postpone(id: string, dueAt: number, tried: ErrorRecord, attempt?: number): Promise<JobRecord | undefined> {
    return this.repeat(async (isDoubtful) => {
      const found = isDoubtful ? await this.jobs.get(id) : undefined;
      const isDone = found?.dueAt === wholeMs(dueAt) && same(found.tries?.at(-1)?.error, tried);
      return found && isDone ? found : this.jobs.postpone(id, dueAt, tried, attempt);
    });
  }

  listUnannounced(before: number, limit: number): Promise<JobRecord[]> {
    return this.repeat(() => this.jobs.listUnannounced(before, limit));
  }

  /** The second changes nothing, unless the job has been reopened meanwhile: the end of another attempt is another's. */
  async markAnnounced(id: string, attempt?: number): Promise<void> {
    if (attempt !== undefined) return this.repeat(() => this.jobs.markAnnounced(id, attempt));
    const before = await this.get(id);
    return this.repeat(async (isDoubtful) => {
      const found = isDoubtful ? await this.jobs.get(id) : before;
      if (found?.attempt === before?.attempt) await this.jobs.markAnnounced(id);
    });
  }

  /** Not repeated: which jobs the lost call has deleted nobody can tell; the next round goes on with the others. */
  deleteEnded(before: number, limit: number, transientOnly?: boolean): Promise<JobRecord[]> {
    return this.jobs.deleteEnded(before, limit, transientOnly);
  }

  /** The second prolongs what the first has got. Not for longer than it was wanted: by then it would have run out. */
  acquireLease(name: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    const patienceMs = Math.min(ttlMs, this.patienceMs);
    return this.patience.run(() => this.jobs.acquireLease(name, owner, ttlMs), patienceMs);
  }

  /** The second finds the lease gone, or another's, which its token tells. It runs out by itself, so briefly. */
  releaseLease(lease: Lease): Promise<void> {
    return this.repeatBriefly(() => this.jobs.releaseLease(lease));
  }

  /** Anyone may overwrite a hint at any time, and an old one is as good as none; briefly, lest it is a very old one. */
  putHint(key: string, value: number): Promise<void> {
    return this.repeatBriefly(() => this.jobs.putHint(key, value));
  }

  getHint(key: string): Promise<number | undefined> {
    return this.repeatBriefly(() => this.jobs.getHint(key));
  }

  /** A watch whose answer was lost may call the listener once more often, which it must bear anyway. */
  watch(id: string, listener: () => void): Promise<() => void> {
    return this.repeatBriefly(() => this.jobs.watch(id, listener));
  }

  /** As a watch. */
  expect(id: string, listener: (end?: JobEnd) => void): Promise<Expectation> {
    return this.repeatBriefly(() => this.jobs.expect(id, listener));
  }

  /** Not repeated: readiness wants to know how it is now. */
  ping(): Promise<void> {
    return this.jobs.ping();
  }

  /** From now on nothing is repeated: what is being repeated fails at once, with its last error. For a worker that stops. */
  giveUp(): void {
    this.patience.end();
  }

  /** What is being repeated fails at once, with its last error. */
  async close(): Promise<void> {
    this.patience.end();
    await this.jobs.close();
  }

  private repeat<T>(call: (isDoubtful: boolean) => Promise<T>): Promise<T> {
    return this.patience.run(call, this.patienceMs);
  }

  private repeatBriefly<T>(call: () => Promise<T>): Promise<T> {
    return this.patience.run(call, Math.min(BRIEF_PATIENCE_MS, this.patienceMs));
  }
}

/** Whether the record is as the transition leaves it. */
const shows = (job: JobRecord, to: JobTransition): boolean =>
  Object.entries(to).every(([key, value]) => value === undefined || same(job[key as keyof JobTransition], value));

/** As the store keeps them: as JSON. */
const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(asJson(a), asJson(b));

const asJson = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
