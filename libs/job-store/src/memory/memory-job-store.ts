import { QuarryError, type Clock, type ErrorRecord } from '#libs/kernel';
import { JobListeners } from '../job-listeners.ts';
import {
  checkFrom,
  IDEMPOTENCY_KEPT_MS,
  idempotencyKeyReused,
  jobIdTaken,
  PLANNABLE_STATES,
  REOPENABLE_STATES,
  touchedAt,
  wholeMs,
  withTry,
} from '../job-rules.ts';
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
import { MemoryMembership } from './memory-membership.ts';

export interface MemoryJobStoreOptions {
  readonly clock: Clock;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Entry {
  job: Mutable<JobRecord>;
  plan?: JobPlan;
  partials: Map<number, StoredPartial>;
  readonly progress: Map<number, TaskProgress>;
  /** Its end has not been announced yet. */
  owed: boolean;
}

const keyOf = (tenant: string, { key }: IdempotencyKey): string => JSON.stringify([tenant, key]);

/** The JobStore in this process's memory, for tests and simulations: deterministic, its time is the injected clock's. */
export class MemoryJobStore implements JobStore, Membership {
  private readonly clock: Clock;
  private readonly entries = new Map<string, Entry>();
  private readonly keys = new Map<string, { fingerprint: string; job: string; createdAt: number }>();
  private readonly leases = new Map<string, Lease>();
  private readonly hints = new Map<string, number>();
  private readonly listeners = new JobListeners();
  private readonly expected = new JobListeners();
  private readonly membership: MemoryMembership;
  private lastToken = 0;
  private closed = false;

  constructor(options: MemoryJobStoreOptions) {
    this.clock = options.clock;
    this.membership = new MemoryMembership(options.clock);
  }

  async create(job: NewJob): Promise<{ created: boolean; job: JobRecord }> {
    this.mustBeOpen();
    const now = this.clock.now();
    const { idempotency, ...asked } = copy(job);
    const earlier = idempotency && this.byKey(job.tenant, idempotency);
    if (earlier) return { created: false, job: copy(earlier) };
    const same = this.entries.get(job.id);
    if (same && same.job.tenant !== job.tenant) throw jobIdTaken(job.id);
    if (same) return { created: false, job: copy(same.job) };
    if (idempotency)
      this.keys.set(keyOf(job.tenant, idempotency), {
        fingerprint: idempotency.fingerprint,
        job: job.id,
        createdAt: now,
      });
    const record: JobRecord = {
      ...asked,
      state: 'queued',
      attempt: 1,
      createdAt: asked.createdAt ?? now,
      touchedAt: now,
      progress: { total: 0, done: 0, failed: 0 },
      work: { doneBytes: 0, totalBytes: 0, documents: 0 },
    };
    this.entries.set(job.id, { job: record, partials: new Map(), progress: new Map(), owed: false });
    return { created: true, job: copy(record) };
  }

  async get(id: string): Promise<JobRecord | undefined> {
    this.mustBeOpen();
    return copy(this.entries.get(id)?.job);
  }

  async getByKey(tenant: string, idempotency: IdempotencyKey): Promise<JobRecord | undefined> {
    this.mustBeOpen();
    return copy(this.byKey(tenant, idempotency));
  }

  private byKey(tenant: string, idempotency: IdempotencyKey): JobRecord | undefined {
    const seen = this.keys.get(keyOf(tenant, idempotency));
    if (!seen || seen.createdAt <= this.clock.now() - IDEMPOTENCY_KEPT_MS) return undefined;
    if (seen.fingerprint !== idempotency.fingerprint) throw idempotencyKeyReused(idempotency.key, seen.job);
    return this.entries.get(seen.job)?.job;
  }

  async list(filter: JobFilter, page: { after?: string; limit: number }): Promise<JobRecord[]> {
    this.mustBeOpen();
    const wanted = Object.entries(filter).filter(([, value]) => value !== undefined);
    return this.jobs()
      .filter((job) => wanted.every(([key, value]) => job[key as keyof JobFilter] === value))
      .filter((job) => page.after === undefined || job.id < page.after)
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, page.limit)
      .map((job) => copy(job));
  }

  async transition(
    id: string,
    from: readonly JobState[],
    to: JobTransition,
    attempt?: number,
  ): Promise<JobRecord | undefined> {
    this.mustBeOpen();
    checkFrom(id, from);
    const entry = this.entries.get(id);
    if (!entry || !from.includes(entry.job.state)) return undefined;
    if (attempt !== undefined && attempt !== entry.job.attempt) return undefined;
    const { job } = entry;
    const given = Object.entries(copy(to)).filter(([, value]) => value !== undefined);
    Object.assign(job, Object.fromEntries(given));
    delete job.dueAt;
    if (isTerminal(to.state)) {
      job.finishedAt = this.clock.now();
      entry.owed = job.announce === true;
    } else if (to.state !== 'queued') {
      job.startedAt ??= this.clock.now();
    }
    return this.changed(entry);
  }

  async endWhole(id: string, to: JobTransition, attempt: number): Promise<boolean> {
    this.mustBeOpen();
    const entry = this.entries.get(id);
    if (entry?.job.state !== 'queued' || entry.job.attempt !== attempt) return false;
    entry.job.startedAt ??= this.clock.now();
    entry.job.progress = { total: 1, done: 1, failed: 0 };
    return (await this.transition(id, ['queued'], to, attempt)) !== undefined;
  }

  async recordWhole(job: WholeJob, to: JobTransition, _answerTo: string): Promise<boolean> {
    this.mustBeOpen();
    if (this.entries.has(job.id)) return false;
    const { startedAt, ...asked } = copy(job);
    await this.create(asked);
    this.entries.get(job.id)!.job.startedAt = startedAt;
    const isEnded = await this.endWhole(job.id, to, 1);
    this.expected.notify(job.id, copy({ ...to, startedAt, finishedAt: this.entries.get(job.id)!.job.finishedAt! }));
    return isEnded;
  }

  async recordPlan(id: string, plan: JobPlan): Promise<JobPlan | undefined> {
    this.mustBeOpen();
    const entry = this.entries.get(id);
    if (!entry || !PLANNABLE_STATES.includes(entry.job.state)) return undefined;
    if (entry.plan) return copy(entry.plan);
    entry.plan = copy(plan);
    delete entry.job.dueAt;
    entry.job.state = 'running';
    entry.job.startedAt ??= this.clock.now();
    entry.job.progress = { ...entry.job.progress, total: plan.tasks.length };
    this.changed(entry);
    return copy(entry.plan);
  }

  async getPlan(id: string): Promise<JobPlan | undefined> {
    this.mustBeOpen();
    return copy(this.entries.get(id)?.plan);
  }

  async recordPartial(
    id: string,
    task: number,
    partial: StoredPartial,
    attempt?: number,
  ): Promise<{ recorded: boolean; remaining: number }> {
    this.mustBeOpen();
    const entry = this.entries.get(id);
    if (!entry) return { recorded: false, remaining: 0 };
    const { total, done, failed } = entry.job.progress;
    const inPlan = Number.isInteger(task) && task >= 0 && task < total;
    const isLate = attempt !== undefined && attempt !== entry.job.attempt;
    if (isTerminal(entry.job.state) || !inPlan || isLate || entry.partials.has(task)) {
      return { recorded: false, remaining: total - done };
    }
    entry.partials.set(task, copy(partial));
    delete entry.job.dueAt;
    entry.job.progress = { total, done: done + 1, failed: failed + (partial.failed ? 1 : 0) };
    this.changed(entry);
    return { recorded: true, remaining: total - done - 1 };
  }

  async taskState(id: string, task: number): Promise<{ recorded: boolean; remaining: number }> {
    this.mustBeOpen();
    const entry = this.entries.get(id);
    if (!entry) return { recorded: false, remaining: 0 };
    const { total, done } = entry.job.progress;
    return { recorded: entry.partials.has(task), remaining: total - done };
  }

  async partials(id: string): Promise<Map<number, StoredPartial>> {
    this.mustBeOpen();
    const partials = [...(this.entries.get(id)?.partials ?? [])].toSorted(([a], [b]) => a - b);
    return new Map(partials.map(([task, partial]) => [task, copy(partial)]));
  }

  async recordedTasks(id: string): Promise<number[]> {
    this.mustBeOpen();
    return [...(this.entries.get(id)?.partials.keys() ?? [])].toSorted((a, b) => a - b);
  }

  async reopen(id: string, tasks: readonly number[]): Promise<JobRecord | undefined> {
    this.mustBeOpen();
    const entry = this.entries.get(id);
    if (!entry || !REOPENABLE_STATES.includes(entry.job.state)) return undefined;
    entry.owed = false;
    const forgotten = new Set(tasks);
    entry.partials = new Map([...entry.partials].filter(([task]) => !forgotten.has(task)));
    const {
      finishedAt: _f,
      result: _r,
      coverage: _c,
      error: _e,
      receipt: _p,
      dueAt: _d,
      expiresAt,
      ...kept
    } = entry.job;
    entry.job = {
      ...kept,
      ...(expiresAt !== undefined && { expiresAt: this.clock.now() + (expiresAt - kept.createdAt) }),
      state: entry.plan ? 'running' : 'queued',
      attempt: kept.attempt + 1,
      startedAt: kept.startedAt ?? this.clock.now(),
      progress: {
        total: entry.plan ? kept.progress.total : 0,
        done: entry.partials.size,
        failed: [...entry.partials.values()].filter(({ failed }) => failed).length,
      },
    };
    return this.changed(entry);
  }

  async reportProgress(id: string, task: number, progress: TaskProgress): Promise<void> {
    this.mustBeOpen();
    const entry = this.entries.get(id);
    if (!entry || isTerminal(entry.job.state)) return;
    entry.progress.set(task, copy(progress));
    const all = [...entry.progress.values()];
    const sum = (of: keyof TaskProgress): number => all.reduce((total, one) => total + one[of], 0);
    entry.job.work = { doneBytes: sum('doneBytes'), totalBytes: sum('totalBytes'), documents: sum('documents') };
    this.changed(entry);
  }

  async listStalled(before: number, limit: number, transientOnly = false): Promise<JobRecord[]> {
    this.mustBeOpen();
    return this.jobs()
      .filter((job) => !isTerminal(job.state) && job.touchedAt < before && (job.transient || !transientOnly))
      .toSorted((a, b) => a.touchedAt - b.touchedAt || (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map((job) => copy(job));
  }

  async touch(id: string): Promise<void> {
    this.mustBeOpen();
    const job = this.entries.get(id)?.job;
    if (job && !isTerminal(job.state)) job.touchedAt = touchedAt(this.clock.now(), job.dueAt);
  }

  async postpone(id: string, dueAt: number, tried: ErrorRecord, attempt?: number): Promise<JobRecord | undefined> {
    this.mustBeOpen();
    const job = this.entries.get(id)?.job;
    if (!job || isTerminal(job.state) || (attempt !== undefined && attempt !== job.attempt)) return undefined;
    job.tries = withTry(job.tries, { at: this.clock.now(), error: copy(tried) });
    job.dueAt = wholeMs(dueAt);
    job.touchedAt = job.dueAt;
    this.listeners.notify(id);
    return copy(job);
  }

  async listUnannounced(before: number, limit: number): Promise<JobRecord[]> {
    this.mustBeOpen();
    return [...this.entries.values()]
      .filter(({ owed, job }) => owed && job.finishedAt! < before)
      .map(({ job }) => copy(job))
      .toSorted(byEnd)
      .slice(0, limit);
  }

  async markAnnounced(id: string, attempt?: number): Promise<void> {
    this.mustBeOpen();
    const entry = this.entries.get(id);
    if (entry && (attempt === undefined || attempt === entry.job.attempt)) entry.owed = false;
  }

  async deleteEnded(before: number, limit: number, transientOnly = false): Promise<JobRecord[]> {
    this.mustBeOpen();
    const ended = [...this.entries.values()]
      .filter(({ owed, job }) => !owed && (job.transient || !transientOnly))
      .map(({ job }) => job)
      .filter(({ finishedAt }) => finishedAt !== undefined && finishedAt < before)
      .toSorted(byEnd)
      .slice(0, limit);
    for (const { id } of ended) {
      this.entries.delete(id);
      for (const [key, { job }] of this.keys) if (job === id) this.keys.delete(key);
      this.listeners.notify(id);
    }
    return ended.map((job) => copy(job));
  }

  async acquireLease(name: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    this.mustBeOpen();
    const held = this.leases.get(name);
    const now = this.clock.now();
    const isHeld = held !== undefined && held.expiresAt > now;
    if (isHeld && held.owner !== owner) return undefined;
    const token = isHeld ? held.token : ++this.lastToken;
    const lease = { name, owner, token, expiresAt: now + ttlMs };
    this.leases.set(name, lease);
    return lease;
  }

  async releaseLease(lease: Lease): Promise<void> {
    this.mustBeOpen();
    const held = this.leases.get(lease.name);
    if (held?.owner === lease.owner && held.token === lease.token) this.leases.delete(lease.name);
  }

  async putHint(key: string, value: number): Promise<void> {
    this.mustBeOpen();
    this.hints.set(key, copy(value));
  }

  async getHint(key: string): Promise<number | undefined> {
    this.mustBeOpen();
    return this.hints.get(key);
  }

  async announce(member: Member, ttlMs: number): Promise<void> {
    this.mustBeOpen();
    this.membership.announce(copy(member), ttlMs);
  }

  async withdraw(id: string): Promise<void> {
    this.mustBeOpen();
    this.membership.withdraw(id);
  }

  async members(): Promise<Member[]> {
    this.mustBeOpen();
    return copy(this.membership.members());
  }

  async watch(id: string, listener: () => void): Promise<() => void> {
    this.mustBeOpen();
    return this.listeners.add(id, listener);
  }

  async expect(id: string, listener: (end?: JobEnd) => void): Promise<Expectation> {
    this.mustBeOpen();
    return { answerTo: 'memory', stop: this.expected.add(id, listener) };
  }

  async ping(): Promise<void> {
    this.mustBeOpen();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.listeners.clear();
    this.expected.clear();
  }

  private jobs(): JobRecord[] {
    return [...this.entries.values()].map(({ job }) => job);
  }

  private changed(entry: Entry): JobRecord {
    entry.job.touchedAt = touchedAt(this.clock.now(), entry.job.dueAt);
    this.listeners.notify(entry.job.id);
    return copy(entry.job);
  }

  private mustBeOpen(): void {
    if (this.closed) {
      throw new QuarryError('unavailable', 'the job store is closed', { code: 'job_store_unavailable' });
    }
  }
}

const byEnd = (a: JobRecord, b: JobRecord): number => a.finishedAt! - b.finishedAt! || (a.id < b.id ? -1 : 1);

/** What goes in and comes out is JSON and nobody's to change but the store's. */
function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
