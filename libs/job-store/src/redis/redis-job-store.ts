import {
  createIds,
  invalid,
  systemRandom,
  type Clock,
  type ErrorRecord,
  type QuarryError,
  type Random,
} from '#libs/kernel';
import { connectRedis, describeLocation, findEvictingNodes, type EvictingNode, type RedisLocation } from '#libs/redis';
import { JobListeners } from '../job-listeners.ts';
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
import { ChangeSubscriber } from './change-subscriber.ts';
import { JobStoreKeys } from './job-keys.ts';
import { RedisJobLists } from './redis-job-lists.ts';
import { RedisLeases } from './redis-leases.ts';
import { RedisMembership } from './redis-membership.ts';
import { RedisRecords } from './redis-records.ts';
import { RedisScripts } from './redis-scripts.ts';
import { RedisTasks } from './redis-tasks.ts';

export interface RedisJobStoreOptions {
  readonly location: RedisLocation;
  /** Every key and channel begins with it. No braces: they would be a hash tag. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random?: Random;
  /** Told once for each outage; the store goes on trying by itself. */
  readonly onError?: (error: QuarryError) => void;
}

/**
 * The JobStore on Redis: standalone, behind Sentinel, or a Cluster. Every method that changes a job is one script: one round
 * trip, one atomic step, its indexes and the notification included; job-keys.ts says how that holds in a Cluster, and
 * idempotency-keys.ts has the one exception.
 *
 * What is acknowledged is as durable as Redis is set up to be (`appendfsync`, replicas). Times are the caller's, but
 * leases and members live by Redis's own clock: clocks of many machines differ. Pub/sub wakes those who watch; in a Cluster
 * each message passes all nodes.
 */
export class RedisJobStore implements JobStore, Membership {
  private readonly listeners = new JobListeners();
  private readonly records: RedisRecords;
  private readonly tasks: RedisTasks;
  private readonly lists: RedisJobLists;
  private readonly leases: RedisLeases;
  private readonly membership: RedisMembership;
  private readonly subscriber: ChangeSubscriber;
  /** The channel that this process alone hears. */
  private readonly answers: string;

  private constructor(
    private readonly location: RedisLocation,
    private readonly scripts: RedisScripts,
    private readonly keys: JobStoreKeys,
    clock: Clock,
    random: Random,
  ) {
    this.records = new RedisRecords(scripts, keys, clock);
    this.tasks = new RedisTasks(scripts, keys, clock);
    this.lists = new RedisJobLists(scripts, keys);
    this.leases = new RedisLeases(scripts, keys, clock);
    this.membership = new RedisMembership(scripts, keys);
    const { client } = scripts;
    this.answers = keys.answers(createIds(clock, random).next());
    this.subscriber = new ChangeSubscriber({ client, listeners: this.listeners, answers: this.answers, clock, random });
  }

  /** Throws what connectRedis throws, once, when there is no Redis to speak to. */
  static async open(options: RedisJobStoreOptions): Promise<RedisJobStore> {
    const { location, namespace, clock, random = systemRandom, onError } = options;
    if (/[{}]/.test(namespace)) {
      throw invalid('bad_namespace', `the namespace "${namespace}" has braces, which are hash tags to a Cluster`);
    }
    const client = await connectRedis(location, { name: `${namespace}-jobs`, random, ...(onError && { onError }) });
    const scripts = new RedisScripts(client, describeLocation(location));
    const store = new RedisJobStore(location, scripts, new JobStoreKeys(namespace), clock, random);
    await store.subscriber.start();
    return store;
  }

  create(job: NewJob): Promise<{ created: boolean; job: JobRecord }> {
    return this.records.create(job);
  }

  get(id: string): Promise<JobRecord | undefined> {
    return this.records.get(id);
  }

  getByKey(tenant: string, idempotency: IdempotencyKey): Promise<JobRecord | undefined> {
    return this.records.getByKey(tenant, idempotency);
  }

  list(filter: JobFilter, page: { after?: string; limit: number }): Promise<JobRecord[]> {
    return this.lists.newest(filter, page);
  }

  transition(
    id: string,
    from: readonly JobState[],
    to: JobTransition,
    attempt?: number,
  ): Promise<JobRecord | undefined> {
    return this.records.transition(id, from, to, attempt);
  }

  recordPlan(id: string, plan: JobPlan): Promise<JobPlan | undefined> {
    return this.tasks.recordPlan(id, plan);
  }

  endWhole(id: string, to: JobTransition, attempt: number): Promise<boolean> {
    return this.records.endWhole(id, to, attempt);
  }

  recordWhole(job: WholeJob, to: JobTransition, answerTo: string): Promise<boolean> {
    return this.records.recordWhole(job, to, answerTo);
  }

  getPlan(id: string): Promise<JobPlan | undefined> {
    return this.tasks.getPlan(id);
  }

  recordPartial(
    id: string,
    task: number,
    partial: StoredPartial,
    attempt?: number,
  ): Promise<{ recorded: boolean; remaining: number }> {
    return this.tasks.recordPartial(id, task, partial, attempt);
  }

  partials(id: string): Promise<Map<number, StoredPartial>> {
    return this.tasks.partials(id);
  }

  recordedTasks(id: string): Promise<number[]> {
    return this.tasks.recordedTasks(id);
  }

  taskState(id: string, task: number): Promise<{ recorded: boolean; remaining: number }> {
    return this.tasks.taskState(id, task);
  }

  reopen(id: string, tasks: readonly number[]): Promise<JobRecord | undefined> {
    return this.records.reopen(id, tasks);
  }

  reportProgress(id: string, task: number, progress: TaskProgress): Promise<void> {
    return this.tasks.reportProgress(id, task, progress);
  }

  async listStalled(before: number, limit: number, transientOnly = false): Promise<JobRecord[]> {
    const isStill = (job: JobRecord): boolean => !isTerminal(job.state) && job.touchedAt < before;
    const found = await this.lists.earliest(
      ({ touched, touchedTransient }) => (transientOnly ? [touchedTransient] : [touched, touchedTransient]),
      before,
      limit,
      isStill,
    );
    return found.map(({ job }) => job);
  }

  touch(id: string): Promise<void> {
    return this.records.touch(id);
  }

  postpone(id: string, dueAt: number, tried: ErrorRecord, attempt?: number): Promise<JobRecord | undefined> {
    return this.records.postpone(id, dueAt, tried, attempt);
  }

  async listUnannounced(before: number, limit: number): Promise<JobRecord[]> {
    const found = await this.lists.earliest(({ owed }) => [owed], before, limit, endedBefore(before));
    return found.map(({ job }) => job);
  }

  markAnnounced(id: string, attempt?: number): Promise<void> {
    return this.records.markAnnounced(id, attempt);
  }

  async deleteEnded(before: number, limit: number, transientOnly = false): Promise<JobRecord[]> {
    const found = await this.lists.earliest(
      ({ ended, endedTransient }) => (transientOnly ? [endedTransient] : [ended, endedTransient]),
      before,
      limit,
      endedBefore(before),
    );
    const deleted = await Promise.all(found.map((one) => this.records.delete(one)));
    return found.filter((_, i) => deleted[i]).map(({ job }) => job);
  }

  acquireLease(name: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    return this.leases.acquire(name, owner, ttlMs);
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.leases.release(lease);
  }

  putHint(key: string, value: number): Promise<void> {
    return this.leases.putHint(key, value);
  }

  getHint(key: string): Promise<number | undefined> {
    return this.leases.getHint(key);
  }

  announce(member: Member, ttlMs: number): Promise<void> {
    return this.membership.announce(member, ttlMs);
  }

  withdraw(id: string): Promise<void> {
    return this.membership.withdraw(id);
  }

  members(): Promise<Member[]> {
    return this.membership.members();
  }

  async watch(id: string, listener: () => void): Promise<() => void> {
    this.scripts.mustBeOpen();
    const remove = this.listeners.add(id, listener);
    await this.subscriber.listen(this.keys.channel(id));
    return remove;
  }

  async expect(id: string, listener: (end?: JobEnd) => void): Promise<Expectation> {
    this.scripts.mustBeOpen();
    const stop = this.listeners.add(id, listener);
    await this.subscriber.listen(this.answers);
    return { answerTo: this.answers, stop };
  }

  /** Every master of a Cluster must answer. */
  ping(): Promise<void> {
    return this.scripts.ping();
  }

  /** The nodes that may drop accepted jobs to make room; for readiness and `quarry doctor`. */
  evictingNodes(): Promise<EvictingNode[]> {
    return this.scripts.ask((client) => findEvictingNodes(client, this.location));
  }

  async close(): Promise<void> {
    this.listeners.clear();
    this.subscriber.close();
    await this.scripts.close();
  }
}

const endedBefore =
  (before: number) =>
  ({ finishedAt }: JobRecord): boolean =>
    finishedAt !== undefined && finishedAt < before;
