import { Injectable } from '@nestjs/common';
import { forbidden, notFound, type QuarryError } from '#libs/kernel';
import type { JobRecord } from '#libs/job-store';
import { mayUseIndex, type Caller } from '#libs/identity';
import { Platform } from '../../../platform/src/platform.ts';

type JobFacts = Pick<JobRecord, 'tenant' | 'kind' | 'index'>;

/** Sees every job of its tenant. */
export const seesAllJobs = (caller: Caller): boolean => caller.indexes === undefined && caller.scopes.has('search');

/** Kinds that show documents, and change none. */
const READS: ReadonlySet<string> = new Set(['search', 'export']);

/** Jobs of its tenant and its indexes; and what a search or an export has found only who may search. */
export const maySeeJob = (caller: Caller, job: JobFacts): boolean =>
  job.tenant === caller.tenant &&
  mayUseIndex(caller, job.index) &&
  (!READS.has(job.kind) || caller.scopes.has('search'));

/** As the job service says it of a job that there is not. */
export const jobNotFound = (id: string): QuarryError =>
  notFound('job_not_found', `there is no job "${id.slice(0, 64)}"; ended jobs are forgotten after a while`);

/**
 * Asked by the guard of every route below /v1/jobs/:id, so that no route can forget it. That the tenant is the caller's is
 * checked by the job service as well.
 */
@Injectable()
export class JobAccess {
  constructor(private readonly platform: Platform) {}

  /** Throws `not-found` (`job_not_found`), or `forbidden` (`scope_missing`) for a change that only a reader asks for. */
  async check(caller: Caller, id: string, changes: boolean): Promise<void> {
    // The job service will tell; nothing here depends on the job.
    if (seesAllJobs(caller) && (!changes || caller.scopes.has('index'))) return;
    const job = await this.platform.jobs.get(id);
    if (!job || !maySeeJob(caller, job)) throw jobNotFound(id);
    const needed = READS.has(job.kind) ? 'search' : 'index';
    if (changes && !caller.scopes.has(needed)) {
      throw forbidden('scope_missing', `to change a job of the kind ${job.kind} needs the scope ${needed}`, {
        needed: [needed],
      });
    }
  }
}
