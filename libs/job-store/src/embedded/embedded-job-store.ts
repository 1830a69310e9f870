import type { Clock, ErrorRecord, Random } from '#libs/kernel';
import { JobListeners } from '../job-listeners.ts';
import { checkFrom } from '../job-rules.ts';
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
} from '../job-store.ts';
import type { Member, Membership } from '../membership.ts';
import { ChangeLookout } from './change-lookout.ts';
import {
  JOB_STORE_APPLICATION_ID,
  JOB_STORE_MIGRATIONS,
  JOB_STORE_SCHEMA,
  JOB_STORE_SCHEMA_VERSION,
} from './job-store-schema.ts';
import { JobTable } from './job-table.ts';
import { LeaseTable } from './lease-table.ts';
import { MemberTable } from './member-table.ts';
import { SqliteFile, type Durability } from '#libs/sqlite';
import { TaskTable } from './task-table.ts';

export interface EmbeddedJobStoreOptions {
  /** The SQLite file; made with its folder when missing. Beside it lie `-wal` and `-shm`, which belong to it. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The JobStore on one SQLite file, for the processes of one machine. What was promised to a client, or what a message
 * is acknowledged for, survives power loss: records, plans, partials, ends and that they are owed, reopenings, leases.
 * Steps on the way (planning, finishing), postponements, announcements, progress, touches, members and hints survive the
 * death of the process; a power cut may take back the latest of them, and they are done again.
 */
export class EmbeddedJobStore implements JobStore, Membership {
  private readonly clock: Clock;
  private readonly file: SqliteFile;
  private readonly jobs: JobTable;
  private readonly tasks: TaskTable;
  private readonly leases: LeaseTable;
  private readonly known: MemberTable;
  private readonly listeners = new JobListeners();
  private readonly lookout: ChangeLookout;

  private constructor(options: EmbeddedJobStoreOptions, file: SqliteFile) {
    this.clock = options.clock;
    this.file = file;
    this.jobs = new JobTable(file);
    this.tasks = new TaskTable(file);
    this.leases = new LeaseTable(file);
    this.known = new MemberTable(file);
    this.lookout = new ChangeLookout({
      clock: options.clock,
      listeners: this.listeners,
      changedElsewhere: () => file.changedElsewhere(),
      changeNumber: (id) => this.jobs.changeNumber(id),
    });
  }

  /** Throws `corrupt`, `unavailable`, `invalid` (`wrong_file`, `newer_schema`), each with the path. */
  static async open(options: EmbeddedJobStoreOptions): Promise<EmbeddedJobStore> {
    const file = await SqliteFile.open({
      path: options.path,
      clock: options.clock,
      random: options.random,
      applicationId: JOB_STORE_APPLICATION_ID,
      schemaVersion: JOB_STORE_SCHEMA_VERSION,
      schema: JOB_STORE_SCHEMA,
      migrations: JOB_STORE_MIGRATIONS,
      unavailableCode: 'job_store_unavailable',
    });
    return new EmbeddedJobStore(options, file);
  }

  create(job: NewJob): Promise<{ created: boolean; job: JobRecord }> {
    return this.file.write(job.transient && !job.announce ? 'process-death' : 'power-loss', () =>
      this.jobs.create(job, this.clock.now()),
    );
  }

  get(id: string): Promise<JobRecord | undefined> {
    return this.file.read(() => this.jobs.get(id));
  }

  getByKey(tenant: string, idempotency: IdempotencyKey): Promise<JobRecord | undefined> {
    return this.file.read(() => this.jobs.getByKey(tenant, idempotency, this.clock.now()));
  }

  list(filter: JobFilter, page: { after?: string; limit: number }): Promise<JobRecord[]> {
    return this.file.read(() => this.jobs.list(filter, page));
  }

  async transition(
    id: string,
    from: readonly JobState[],
    to: JobTransition,
    attempt?: number,
  ): Promise<JobRecord | undefined> {
    checkFrom(id, from);
    // An end that was seen must not be undone (JOB-3).
    const durability = isTerminal(to.state) ? await this.durabilityOf(id) : 'process-death';
    const job = await this.file.write(durability, () => this.jobs.transition(id, from, to, attempt, this.clock.now()));
    if (job) this.listeners.notify(id);
    return job;
  }

  async endWhole(id: string, to: JobTransition, attempt: number): Promise<boolean> {
    const durability = await this.durabilityOf(id);
    const isEnded = await this.file.write(durability, () => this.jobs.endWhole(id, to, attempt, this.clock.now()));
    if (isEnded) this.listeners.notify(id);
    return isEnded;
  }

  async recordWhole(job: WholeJob, to: JobTransition, _answerTo: string): Promise<boolean> {
    const durability = job.transient ? 'process-death' : 'power-loss';
    const isRecorded = await this.file.write(durability, () => this.jobs.recordWhole(job, to, this.clock.now()));
    if (isRecorded) this.listeners.notify(job.id);
    return isRecorded;
  }

  async recordPlan(id: string, plan: JobPlan): Promise<JobPlan | undefined> {
    // Messages that name its tasks by number follow: it must not be replaced by another plan after a power cut.
    const inForce = await this.file.write(await this.durabilityOf(id), () =>
      this.tasks.recordPlan(id, plan, this.clock.now()),
    );
    if (inForce?.isNew) this.listeners.notify(id);
    return inForce?.plan;
  }

  getPlan(id: string): Promise<JobPlan | undefined> {
    return this.file.read(() => this.tasks.getPlan(id));
  }

  async recordPartial(
    id: string,
    task: number,
    partial: StoredPartial,
    attempt?: number,
  ): Promise<{ recorded: boolean; remaining: number }> {
    // Its message is acknowledged next, in another file.
    const outcome = await this.file.write(await this.durabilityOf(id), () =>
      this.tasks.recordPartial(id, task, partial, attempt, this.clock.now()),
    );
    if (outcome.recorded) this.listeners.notify(id);
    return outcome;
  }

  taskState(id: string, task: number): Promise<{ recorded: boolean; remaining: number }> {
    return this.file.read(() => this.tasks.state(id, task));
  }

  partials(id: string): Promise<Map<number, StoredPartial>> {
    return this.file.read(() => this.tasks.partials(id));
  }

  recordedTasks(id: string): Promise<number[]> {
    return this.file.read(() => this.tasks.recorded(id));
  }

  async reopen(id: string, tasks: readonly number[]): Promise<JobRecord | undefined> {
    const job = await this.file.write('power-loss', () => {
      if (!this.jobs.mayReopen(id)) return undefined;
      return this.jobs.reopen(id, this.tasks.forgetPartials(id, tasks), this.clock.now());
    });
    if (job) this.listeners.notify(id);
    return job;
  }

  async reportProgress(id: string, task: number, progress: TaskProgress): Promise<void> {
    const changed = await this.file.write('process-death', () =>
      this.tasks.reportProgress(id, task, progress, this.clock.now()),
    );
    if (changed) this.listeners.notify(id);
  }

  listStalled(before: number, limit: number, transientOnly = false): Promise<JobRecord[]> {
    return this.file.read(() => this.jobs.listStalled(before, limit, transientOnly));
  }

  touch(id: string): Promise<void> {
    return this.file.write('process-death', () => this.jobs.touch(id, this.clock.now()));
  }

  async postpone(id: string, dueAt: number, tried: ErrorRecord, attempt?: number): Promise<JobRecord | undefined> {
    const job = await this.file.write('process-death', () =>
      this.jobs.postpone(id, dueAt, tried, attempt, this.clock.now()),
    );
    if (job) this.listeners.notify(id);
    return job;
  }

  listUnannounced(before: number, limit: number): Promise<JobRecord[]> {
    return this.file.read(() => this.jobs.listUnannounced(before, limit));
  }

  markAnnounced(id: string, attempt?: number): Promise<void> {
    return this.file.write('process-death', () => this.jobs.markAnnounced(id, attempt));
  }

  async deleteEnded(before: number, limit: number, transientOnly = false): Promise<JobRecord[]> {
    const deleted = await this.file.write('process-death', () => {
      this.leases.forgetOld(this.clock.now());
      return this.jobs.deleteEnded(before, limit, transientOnly, this.clock.now());
    });
    for (const { id } of deleted) this.listeners.notify(id);
    return deleted;
  }

  /** What a step of the job must survive. */
  private durabilityOf(id: string): Promise<Durability> {
    return this.file.read(() => (this.jobs.isTransient(id) ? 'process-death' : 'power-loss'));
  }

  acquireLease(name: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    // A token that was given must never be given again, and what it fences may lie on other machines.
    return this.file.write('power-loss', () => this.leases.acquire(name, owner, ttlMs, this.clock.now()));
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.file.write('process-death', () => this.leases.release(lease));
  }

  putHint(key: string, value: number): Promise<void> {
    return this.file.write('process-death', () => this.leases.putHint(key, value, this.clock.now()));
  }

  getHint(key: string): Promise<number | undefined> {
    return this.file.read(() => this.leases.getHint(key));
  }

  announce(member: Member, ttlMs: number): Promise<void> {
    return this.file.write('process-death', () => this.known.announce(member, ttlMs, this.clock.now()));
  }

  withdraw(id: string): Promise<void> {
    return this.file.write('process-death', () => this.known.withdraw(id));
  }

  members(): Promise<Member[]> {
    return this.file.read(() => this.known.members(this.clock.now()));
  }

  async watch(id: string, listener: () => void): Promise<() => void> {
    const stop = this.listeners.add(id, listener);
    await this.file.read(() => this.lookout.lookFor(id));
    return stop;
  }

  /** Whoever hears of a change reads the end: the file is at hand. */
  async expect(id: string, listener: (end?: JobEnd) => void): Promise<Expectation> {
    return { answerTo: 'file', stop: await this.watch(id, () => listener()) };
  }

  async ping(): Promise<void> {
    await this.file.read(() => this.leases.getHint(''));
  }

  async close(): Promise<void> {
    this.listeners.clear();
    this.lookout.stop();
    await this.file.close();
  }
}
