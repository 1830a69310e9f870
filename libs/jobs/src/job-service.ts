import type { JobFilter, JobRecord } from '#libs/job-store';

/** What a gateway does with jobs. Implemented by the runtime over the Broker, JobStore and ObjectStore ports. */
export interface JobService {
  /**
   * JOB-1: validates, makes record, payload and first message durable, then answers. `invalid` leaves no job behind.
   * `created` is false when the idempotency key named an earlier job.
   */
  submit(submission: Submission): Promise<{ job: JobRecord; created: boolean }>;
  /** As `submit` and then `wait`, in fewer steps. */
  submitAndWait(submission: Submission, waitMs: number): Promise<JobView>;
  get(tenant: string, id: string): Promise<JobView>;
  /** Resolves when the job is terminal or `waitMs` is over, whichever comes first. */
  wait(tenant: string, id: string, waitMs: number): Promise<JobView>;
  list(filter: JobFilter, page: { after?: string; limit: number }): Promise<JobRecord[]>;
  /** Cancelling a terminal job changes nothing and answers it as it is. */
  cancel(tenant: string, id: string): Promise<JobView>;
  /** Runs again only what failed or is missing, on the same version; `conflict` (`job_not_ended`) while it runs. */
  retry(tenant: string, id: string): Promise<JobView>;
}

export interface Submission {
  readonly kind: string;
  readonly tenant: string;
  readonly index: string;
  readonly spec: unknown;
  readonly priority?: number;
  readonly timeoutMs?: number;
  readonly idempotencyKey?: string;
  /** Whom to tell how it went (a webhook); checked by whoever submits. */
  readonly callback?: unknown;
  /** Says what was asked, for the idempotency key, when the spec itself differs from call to call (a staged payload). */
  readonly fingerprint?: string;
  /** An id chosen beforehand (a ULID), when the payload was staged under it. */
  readonly id?: string;
}

/** A job with the merge of what has been recorded so far. */
export interface JobView {
  readonly job: JobRecord;
  readonly partial?: unknown;
}
