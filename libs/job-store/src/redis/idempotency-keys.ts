import type { Clock } from '#libs/kernel';
import { IDEMPOTENCY_KEPT_MS, idempotencyKeyReused } from '../job-rules.ts';
import type { IdempotencyKey, JobRecord } from '../job-store.ts';
import type { KeyOfJob } from './job-hash.ts';
import type { JobStoreKeys } from './job-keys.ts';
import type { RedisScripts } from './redis-scripts.ts';
import { CLAIM_KEY, CONFIRM_KEY, FORGET_KEY } from './scripts/key-scripts.ts';

/** Whoever claimed a key makes its job within a ms; after so long without one it is taken for dead. */
const CLAIMANT_DEAD_MS = 1000;
const POLL_MS = 5;

export interface Claim extends KeyOfJob {
  readonly job: string;
  readonly createdAt: number;
}

/**
 * Which job an idempotency key names. A key lives on another node of a Cluster than its job, so a job with a key is made in
 * three steps, none of which can make two jobs for one key:
 *
 *   1. claim: the key names the job, which does not exist yet;
 *   2. the job is made;
 *   3. confirm: the key says that the job exists, unless another has taken it over, then the job is taken back.
 *
 * Who finds a claim waits for its job. What a crash leaves:
 *   after 1: a claim without a job. It is taken over after CLAIMANT_DEAD_MS.
 *   after 2: a claim with a job: who comes next finds the job. Nobody was told of it, and the reconciler runs it.
 *   between the deletion of a job and that of its key: a confirmed key without a job. It is taken over at once.
 */
export class IdempotencyKeys {
  constructor(
    private readonly scripts: RedisScripts,
    private readonly keys: JobStoreKeys,
    private readonly clock: Clock,
    private readonly jobOf: (id: string) => Promise<JobRecord | undefined>,
  ) {}

  /** The claim when the key is this job's now; else the job that it names. Throws `conflict`. */
  async claim(id: string, tenant: string, wanted: IdempotencyKey): Promise<{ claim: Claim } | { earlier: JobRecord }> {
    const key = this.keys.idempotency(tenant, wanted.key);
    let awaited: string | undefined;
    let since = 0;
    let replaceable = '';
    for (;;) {
      const createdAt = this.clock.now();
      const claim: Claim = { key, fingerprint: wanted.fingerprint, job: id, createdAt };
      const found = await this.scripts.run(
        CLAIM_KEY,
        [key],
        [pending(claim), replaceable, createdAt - IDEMPOTENCY_KEPT_MS, IDEMPOTENCY_KEPT_MS],
      );
      if (found === null) return { claim };
      const value = found as string;
      const named = parse(key, value);
      // An earlier try of ours, whose answer was lost.
      if (named.job === id && named.isPending && named.fingerprint === wanted.fingerprint) return { claim: named };
      const earlier = await this.jobOf(named.job);
      if (earlier) {
        if (named.fingerprint !== wanted.fingerprint) throw idempotencyKeyReused(wanted.key, named.job);
        return { earlier };
      }
      if (awaited !== value) [awaited, since] = [value, this.clock.monotonic()];
      const isDead = !named.isPending || this.clock.monotonic() - since >= CLAIMANT_DEAD_MS;
      if (isDead) replaceable = value;
      else await this.clock.sleep(POLL_MS);
    }
  }

  /** False when another has taken the key over. */
  async confirm(claim: Claim): Promise<boolean> {
    const confirmed = await this.scripts.run(CONFIRM_KEY, [claim.key], [pending(claim), `=${pending(claim).slice(1)}`]);
    return confirmed === 1;
  }

  /** The job that the key names, if it exists; throws `conflict`. */
  async find(tenant: string, wanted: IdempotencyKey): Promise<JobRecord | undefined> {
    const key = this.keys.idempotency(tenant, wanted.key);
    const value = await this.scripts.ask((client) => client.get(key));
    if (value === null) return undefined;
    const { job, createdAt, fingerprint } = parse(key, value);
    if (createdAt <= this.clock.now() - IDEMPOTENCY_KEPT_MS) return undefined;
    const record = await this.jobOf(job);
    if (record && fingerprint !== wanted.fingerprint) throw idempotencyKeyReused(wanted.key, job);
    return record;
  }

  async forget(key: string, job: string): Promise<void> {
    await this.scripts.run(FORGET_KEY, [key], [job]);
  }
}

const pending = ({ createdAt, job, fingerprint }: Claim): string => `? ${createdAt} ${job} ${fingerprint}`;

function parse(key: string, value: string): Claim & { readonly isPending: boolean } {
  const [state, createdAt, job, ...fingerprint] = value.split(' ');
  const isPending = state === '?';
  return { key, createdAt: Number(createdAt), job: job!, fingerprint: fingerprint.join(' '), isPending };
}
