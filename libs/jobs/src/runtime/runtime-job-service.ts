import { createHash } from 'node:crypto';
import { QuarryError, invalid, kindOf, notFound } from '#libs/kernel';
import { isTerminal, type IdempotencyKey, type JobFilter, type JobRecord, type NewJob } from '#libs/job-store';
import type { AnyJobKind } from '../job-kind.ts';
import type { JobService, JobView, Submission } from '../job-service.ts';
import { Admission } from './admission.ts';
import { contextOf, foldPartials, specOf } from './job-folding.ts';
import { endJob } from './job-ending.ts';
import type { JobParts } from './job-parts.ts';
import { JobWatch } from './job-watch.ts';
import { CARRIED_CHARACTERS, encodeMessage, mailboxOf, PRIORITY } from './messages.ts';
import { isPrompt, sendPrompt, type Prompt } from './prompt-submission.ts';

const NEVER = new AbortController().signal;
const IDEMPOTENCY_KEY_MAX = 255;

/** What was asked, checked and admitted; or the job that the same key has made before. */
type Checked =
  | { readonly kind: AnyJobKind; readonly earlier: JobRecord; readonly asked?: never }
  | { readonly kind: AnyJobKind; readonly earlier?: never; readonly asked: NewJob };

interface Made {
  readonly kind: AnyJobKind;
  readonly job: JobRecord;
  /** By this call: its message is to be sent. */
  readonly created: boolean;
  readonly idempotency?: IdempotencyKey;
}

/** The gateway's side of the runtime: writes records and messages, reads what workers wrote. */
export class RuntimeJobService implements JobService {
  private readonly admission: Admission;

  constructor(private readonly parts: JobParts) {
    this.admission = new Admission(parts);
  }

  async submit(submission: Submission): Promise<{ job: JobRecord; created: boolean }> {
    const made = await this.make(await this.check(submission));
    if (made.created) await this.send(made);
    return { job: made.job, created: made.created };
  }

  async submitAndWait(submission: Submission, waitMs: number): Promise<JobView> {
    const until = this.parts.clock.monotonic() + waitMs;
    const checked = await this.check(submission);
    const prompt = checked.asked && (await this.sendPrompt(checked.kind, checked.asked, waitMs));
    if (prompt) return this.followPrompt(prompt, until);
    const made = await this.make(checked);
    const { id, tenant } = made.job;
    if (!made.created) return this.wait(tenant, id, waitMs);
    // Before its message is sent: then nothing that happens to it is missed, and nothing need be read to know that.
    const watch = await JobWatch.start(this.parts, id);
    try {
      await this.send(made);
      return await this.follow(tenant, id, until, watch, made.job);
    } finally {
      watch.end();
    }
  }

  private sendPrompt(kind: AnyJobKind, asked: NewJob, waitMs: number): Promise<Prompt | undefined> | undefined {
    return isPrompt(kind, asked, waitMs) ? sendPrompt(this.parts, kind, asked) : undefined;
  }

  private async followPrompt({ job, watch }: Prompt, until: number): Promise<JobView> {
    if (!watch) return this.view(job);
    try {
      return await this.follow(job.tenant, job.id, until, watch, job);
    } finally {
      watch.end();
    }
  }

  private async check(submission: Submission): Promise<Checked> {
    const kind = this.parts.kinds.get(submission.kind);
    const spec = validSpec(kind, submission.spec);
    const { tenant, index } = submission;
    const idempotency = idempotencyOf(submission, kind.name, spec);
    // Before all else: what was accepted once is answered, whatever has become of its source or of the load since. Its
    // message may never have been sent, and then the reconciler sends it (JOB-1).
    const earlier = idempotency && (await this.parts.jobs.getByKey(tenant, idempotency));
    if (earlier) return { kind, earlier };
    await kind.admit?.(spec, { tenant, index, signal: NEVER });
    await this.admission.check(mailboxOf(this.parts.namespace, kind));
    const id = submission.id ?? this.parts.ids.next();
    const { callback } = submission;
    const announce = await this.parts.announcer?.owes({ tenant, kind: kind.name, index, callback });
    const stowed = await this.parts.claims.stow({ tenant, index, id }, () => 'spec', spec);
    const asked: NewJob = {
      id,
      kind: kind.name,
      tenant,
      index,
      spec: stowed,
      ...(kind.transient && { transient: true }),
      ...(callback !== undefined && { callback }),
      ...(announce && { announce }),
      ...(submission.priority !== undefined && { priority: submission.priority }),
      ...(submission.timeoutMs !== undefined && { expiresAt: this.parts.clock.now() + submission.timeoutMs }),
      ...(idempotency && { idempotency }),
    };
    return { kind, asked };
  }

  private async make({ kind, asked, earlier }: Checked): Promise<Made> {
    if (earlier) return { kind, job: earlier, created: false };
    const { id, idempotency } = asked;
    const { created, job } = await this.parts.jobs.create(asked);
    // One that has our id is ours though it was there: the first call's answer was lost, and its message was never sent.
    const isOurs = created || job.id === id;
    return { kind, job, created: isOurs, ...(idempotency && { idempotency }) };
  }

  private async send({ kind, job, idempotency }: Made): Promise<void> {
    try {
      await this.advance(kind, job.id, PRIORITY.advance, kind.transient && job);
    } catch (error) {
      if (!idempotency) await this.takeBack(job);
      throw error;
    }
    this.parts.events.submitted(job);
  }

  /**
   * The client is told that the job was not accepted, and will ask again: then it must not be run all the same. With an
   * idempotency key asking again finds it, and the reconciler sends its message.
   */
  private async takeBack(job: JobRecord): Promise<void> {
    await this.parts.jobs.transition(job.id, ['queued'], { state: 'cancelled' }).catch((error: unknown) => {
      this.parts.logger.warn({ job: job.id, err: error }, 'a job that was not accepted could not be taken back');
    });
  }

  async get(tenant: string, id: string): Promise<JobView> {
    return this.view(await this.find(tenant, id));
  }

  async wait(tenant: string, id: string, waitMs: number): Promise<JobView> {
    const until = this.parts.clock.monotonic() + waitMs;
    const watch = await JobWatch.start(this.parts, id);
    try {
      return await this.follow(tenant, id, until, watch);
    } finally {
      watch.end();
    }
  }

  /** @param known the job as it is until the watch says otherwise */
  private async follow(
    tenant: string,
    id: string,
    until: number,
    watch: JobWatch,
    known?: JobRecord,
  ): Promise<JobView> {
    let job = known ?? (await this.find(tenant, id));
    for (;;) {
      const leftMs = until - this.parts.clock.monotonic();
      if (isTerminal(job.state) || leftMs <= 0) return this.view(job);
      await watch.changed(leftMs);
      job = await this.find(tenant, id);
    }
  }

  list(filter: JobFilter, page: { after?: string; limit: number }): Promise<JobRecord[]> {
    return this.parts.jobs.list(filter, page);
  }

  async cancel(tenant: string, id: string): Promise<JobView> {
    const job = await this.find(tenant, id);
    const cancelled = await endJob(this.parts, job, { state: 'cancelled' });
    return this.view(cancelled ?? (await this.find(tenant, id)));
  }

  async retry(tenant: string, id: string): Promise<JobView> {
    const job = await this.find(tenant, id);
    if (!isTerminal(job.state)) {
      throw new QuarryError('conflict', `job ${id} is ${job.state}; wait for its end or cancel it first`, {
        code: 'job_not_ended',
      });
    }
    const plan = await this.parts.jobs.getPlan(id);
    const partials = await this.parts.jobs.partials(id);
    const again = (plan?.tasks ?? []).map((_, task) => task).filter((task) => partials.get(task)?.failed ?? true);
    if (job.state === 'succeeded' && again.length === 0) return this.view(job);
    const reopened = await this.parts.jobs.reopen(id, again);
    if (reopened) await this.advance(this.parts.kinds.get(job.kind), id, PRIORITY.readvance);
    return this.view(reopened ?? (await this.find(tenant, id)));
  }

  /** @param record to be carried along, if it is small */
  private async advance(kind: AnyJobKind, job: string, priority: number, record?: JobRecord | false): Promise<void> {
    const message = { v: 2, type: 'advance', job, kind: kind.name } as const;
    const whole = record ? encodeMessage({ ...message, record }) : '';
    await this.parts.broker.publish(mailboxOf(this.parts.namespace, kind), [
      {
        body: record && whole.length <= CARRIED_CHARACTERS ? whole : encodeMessage(message),
        priority,
        ...(kind.transient && { transient: true }),
      },
    ]);
  }

  /** Another tenant's job does not exist for this one. */
  private async find(tenant: string, id: string): Promise<JobRecord> {
    const job = await this.parts.jobs.get(id);
    if (!job || job.tenant !== tenant) {
      throw notFound('job_not_found', `there is no job "${id.slice(0, 64)}"; ended jobs are forgotten after a while`);
    }
    return job;
  }

  /** A large result lies with the index's data, and is gone when the index was dropped: the job is still known. */
  private async withResult(job: JobRecord): Promise<JobRecord> {
    if (job.result === undefined) return job;
    try {
      return { ...job, result: await this.parts.claims.fetch(job.result) };
    } catch (error) {
      if (kindOf(error) !== 'not-found') throw error;
      const { result: _, ...rest } = job;
      return rest;
    }
  }

  private async view(job: JobRecord): Promise<JobView> {
    if (isTerminal(job.state)) return { job: await this.withResult(job) };
    const kind = this.parts.kinds.get(job.kind);
    const plan = kind.preview && (await this.parts.jobs.getPlan(job.id));
    if (!kind.preview || !plan || job.progress.done === 0) return { job };
    const spec = await specOf(this.parts, job);
    const { merged } = await foldPartials(this.parts, kind, job, plan, spec);
    return { job, partial: await kind.preview(merged, plan.shared, spec, contextOf(this.parts, job, NEVER)) };
  }
}

function validSpec(kind: AnyJobKind, spec: unknown): unknown {
  const parsed = kind.spec.safeParse(spec);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') || 'the request';
  throw invalid('bad_request', `${path}: ${issue?.message ?? 'not valid'}`, { path });
}

function idempotencyOf(submission: Submission, kind: string, spec: unknown): IdempotencyKey | undefined {
  const { idempotencyKey, fingerprint: given, index } = submission;
  if (idempotencyKey === undefined) return undefined;
  return { key: validKey(idempotencyKey), fingerprint: fingerprint(kind, index, given ?? spec) };
}

function validKey(key: string): string {
  if (key.length === 0 || key.length > IDEMPOTENCY_KEY_MAX) {
    throw invalid('bad_idempotency_key', `an idempotency key has 1 to ${IDEMPOTENCY_KEY_MAX} characters`);
  }
  return key;
}

const fingerprint = (...values: unknown[]): string => createHash('sha256').update(JSON.stringify(values)).digest('hex');
