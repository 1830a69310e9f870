import { isQuarryError, type Clock, type ErrorRecord } from '#libs/kernel';
import { checkFrom, jobIdTaken, REOPENABLE_STATES } from '../job-rules.ts';
import {
  isTerminal,
  MAX_TRIES,
  type IdempotencyKey,
  type JobRecord,
  type JobState,
  type JobTransition,
  type NewJob,
  type WholeJob,
} from '../job-store.ts';
import { IdempotencyKeys, type Claim } from './idempotency-keys.ts';
import { writeEndedMessage } from './ended-message.ts';
import { keyOfJob, newJobFields, toFields, toJobRecord, transitionFields, wholeJobFields } from './job-hash.ts';
import type { JobKeys, JobStoreKeys } from './job-keys.ts';
import type { FoundJob } from './redis-job-lists.ts';
import type { RedisScripts, Reply } from './redis-scripts.ts';
import { MARK_ANNOUNCED, POSTPONE_JOB, TOUCH_JOB } from './scripts/care-scripts.ts';
import {
  ADVANCE_JOB,
  CREATE_JOB,
  DELETE_JOB,
  END_JOB,
  END_WHOLE_JOB,
  RECORD_WHOLE_JOB,
  REOPEN_JOB,
} from './scripts/record-scripts.ts';

/** An ended job that nobody deletes is forgotten by Redis itself after so long, so that its memory stays bounded. */
const ENDED_KEPT_MS = 30 * 24 * 3_600_000;

interface Made {
  readonly created: boolean;
  readonly job: JobRecord;
}

/** Jobs' records: how they are made, move, and go. */
export class RedisRecords {
  private readonly idempotency: IdempotencyKeys;

  constructor(
    private readonly scripts: RedisScripts,
    private readonly keys: JobStoreKeys,
    private readonly clock: Clock,
  ) {
    this.idempotency = new IdempotencyKeys(scripts, keys, clock, (id) => this.get(id));
  }

  async create(job: NewJob): Promise<Made> {
    if (!job.idempotency) {
      const { created, job: record } = await this.make(job, this.clock.now());
      return { created, job: record };
    }
    const outcome = await this.idempotency.claim(job.id, job.tenant, job.idempotency);
    if ('earlier' in outcome) return { created: false, job: outcome.earlier };
    return this.makeClaimed(job, outcome.claim);
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const fields = await this.scripts.ask((client) => client.hgetall(this.keys.of(id).job));
    return fields['state'] === undefined ? undefined : toJobRecord(id, fields);
  }

  getByKey(tenant: string, idempotency: IdempotencyKey): Promise<JobRecord | undefined> {
    return this.idempotency.find(tenant, idempotency);
  }

  async transition(
    id: string,
    from: readonly JobState[],
    to: JobTransition,
    attempt?: number,
  ): Promise<JobRecord | undefined> {
    checkFrom(id, from);
    const keys = this.keys.of(id);
    const args = [id, this.clock.now(), this.keys.channel(id), listed(from), attempt ?? ''];
    const fields = transitionFields(to);
    if (isTerminal(to.state)) {
      const ending = [...args, ENDED_KEPT_MS, isLapsed(to.state), ...fields];
      return recordOf(id, await this.scripts.run(END_JOB, allOf(keys), ending));
    }
    const starts = to.state === 'queued' ? '0' : '1';
    const { touched, touchedTransient } = keys.bucket;
    const names = [keys.job, touched, touchedTransient];
    const reply = await this.scripts.run(ADVANCE_JOB, names, [...args, starts, ...fields]);
    return recordOf(id, reply);
  }

  async endWhole(id: string, to: JobTransition, attempt: number): Promise<boolean> {
    const args = [id, this.clock.now(), this.keys.channel(id), listed(['queued']), attempt, ENDED_KEPT_MS];
    const fields = [...transitionFields(to), 'total', '1', 'done', '1', 'failed', '0'];
    const ending = [...args, isLapsed(to.state), ...fields];
    return (await this.scripts.run(END_WHOLE_JOB, allOf(this.keys.of(id)), ending)) === 1;
  }

  async recordWhole(job: WholeJob, to: JobTransition, answerTo: string): Promise<boolean> {
    const { job: key, bucket } = this.keys.of(job.id);
    const { all, tenant, kind, subject, lapsed } = bucket;
    const now = this.clock.now();
    const [hasSubject, last] = job.subject === undefined ? ['0', all] : ['1', subject(job.subject)];
    const ended = job.transient ? bucket.endedTransient : bucket.ended;
    const names = [key, ended, lapsed, all, tenant(job.tenant), kind(job.kind), last];
    const message = writeEndedMessage(job.id, { ...to, startedAt: job.startedAt, finishedAt: now });
    const args = [job.id, now, answerTo, message, isLapsed(to.state), hasSubject, ENDED_KEPT_MS];
    const fields = wholeJobFields(job, to, now);
    return (await this.scripts.run(RECORD_WHOLE_JOB, names, [...args, ...fields])) === 1;
  }

  async reopen(id: string, tasks: readonly number[]): Promise<JobRecord | undefined> {
    const args = [id, this.clock.now(), this.keys.channel(id), listed(REOPENABLE_STATES), ...tasks];
    return recordOf(id, await this.scripts.run(REOPEN_JOB, allOf(this.keys.of(id)), args));
  }

  async touch(id: string): Promise<void> {
    const { job, bucket } = this.keys.of(id);
    await this.scripts.run(TOUCH_JOB, [job, bucket.touched, bucket.touchedTransient], [id, this.clock.now()]);
  }

  async postpone(id: string, dueAt: number, tried: ErrorRecord, attempt?: number): Promise<JobRecord | undefined> {
    const { job, bucket } = this.keys.of(id);
    const line = JSON.stringify({ at: this.clock.now(), error: tried });
    const args = [id, this.keys.channel(id), attempt ?? '', dueAt, line, MAX_TRIES];
    return recordOf(id, await this.scripts.run(POSTPONE_JOB, [job, bucket.touched, bucket.touchedTransient], args));
  }

  async markAnnounced(id: string, attempt?: number): Promise<void> {
    const { job, bucket } = this.keys.of(id);
    await this.scripts.run(
      MARK_ANNOUNCED,
      [job, bucket.owed, bucket.ended, bucket.endedTransient],
      [id, attempt ?? ''],
    );
  }

  /** False when the job is no longer as it was found. */
  async delete({ job, fields }: FoundJob): Promise<boolean> {
    const { job: key, plan, partials, progress, bucket } = this.keys.of(job.id);
    const { ended, endedTransient, owed, lapsed, all, tenant, kind, subject } = bucket;
    const named = [tenant(job.tenant), kind(job.kind), job.subject === undefined ? all : subject(job.subject)];
    const names = [key, plan, partials, progress, ended, endedTransient, owed, lapsed, all, ...named];
    const deleted = await this.scripts.run(DELETE_JOB, names, [job.id, this.keys.channel(job.id), job.finishedAt!]);
    const idempotency = keyOfJob(fields);
    if (deleted === 1 && idempotency) await this.idempotency.forget(idempotency.key, job.id);
    return deleted === 1;
  }

  /** Steps 2 and 3 of idempotency-keys.ts. When step 2 fails, the claim stays: whether the job was made is unknown. */
  private async makeClaimed(job: NewJob, claim: Claim): Promise<Made> {
    const { hasKey, ...made } = await this.make(job, claim.createdAt, claim).catch(async (error: unknown) => {
      if (isConflict(error)) await this.idempotency.forget(claim.key, job.id);
      throw error;
    });
    if (!hasKey) {
      // The id was taken by an earlier request without this key.
      await this.idempotency.forget(claim.key, job.id);
      return made;
    }
    return (await this.idempotency.confirm(claim)) ? made : this.takeBack(job, made);
  }

  /** The key was taken over while this process stood still: its job, of which nobody knows, goes. */
  private async takeBack(job: NewJob, made: Made): Promise<Made> {
    const earlier = await this.idempotency.find(job.tenant, job.idempotency!);
    if (!earlier || earlier.id === job.id) return made;
    const ended = await this.transition(job.id, ['queued'], { state: 'cancelled' });
    // The reconciler was here first: then both run, and this caller's is this one.
    if (!ended) return made;
    await this.delete({ job: ended, fields: {} });
    return { created: false, job: earlier };
  }

  private async make(job: NewJob, now: number, claim?: Claim): Promise<Made & { readonly hasKey: boolean }> {
    const { job: key, bucket } = this.keys.of(job.id);
    const { live, all, tenant, kind, subject } = bucket;
    const touched = job.transient ? bucket.touchedTransient : bucket.touched;
    const fields = newJobFields(job, now, claim && { key: claim.key, fingerprint: claim.fingerprint });
    const [hasSubject, last] = job.subject === undefined ? ['0', all] : ['1', subject(job.subject)];
    const names = [key, touched, live, all, tenant(job.tenant), kind(job.kind), last];
    const reply = await this.scripts.run(CREATE_JOB, names, [job.id, now, hasSubject, ...fields]);
    const found = toFields(reply === null ? fields : (reply as string[]));
    if (found['tenant'] !== job.tenant) throw jobIdTaken(job.id);
    const hasKey = claim !== undefined && keyOfJob(found)?.key === claim.key;
    return { created: reply === null, job: toJobRecord(job.id, found), hasKey };
  }
}

const listed = (states: readonly JobState[]): string => `,${states.join(',')},`;

const isLapsed = (state: JobState): string => (state === 'succeeded' ? '0' : '1');

const isConflict = (error: unknown): boolean => isQuarryError(error) && error.kind === 'conflict';

const allOf = ({ job, plan, partials, progress, bucket }: JobKeys): string[] => {
  const { touched, touchedTransient, live, lapsed, ended, endedTransient, owed } = bucket;
  return [job, plan, partials, progress, touched, touchedTransient, live, lapsed, ended, endedTransient, owed];
};

const recordOf = (id: string, reply: Reply): JobRecord | undefined =>
  reply === null ? undefined : toJobRecord(id, toFields(reply as string[]));
