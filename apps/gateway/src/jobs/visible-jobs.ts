import type { Caller } from '#libs/identity';
import type { JobFilter, JobRecord } from '#libs/job-store';
import type { JobService } from '#libs/jobs';
import { maySeeJob, seesAllJobs } from '../identity/job-access.ts';

/** Read at a time for a caller who sees only some of them. */
const STEP = 500;
/** Looked through for one page: what such a caller may not see must not make the page cost the whole list. */
const MOST_LOOKED_AT = 10_000;

/** A page of the jobs that the caller may see; `next` goes on after it, and is there when there may be more. */
export async function visibleJobs(
  service: Pick<JobService, 'list'>,
  caller: Caller,
  filter: JobFilter,
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<{ jobs: JobRecord[]; next?: string }> {
  const all = seesAllJobs(caller);
  const step = all ? page.limit + 1 : STEP;
  const jobs: JobRecord[] = [];
  let { after } = page;
  for (let looked = 0; ; looked += step) {
    if (looked >= MOST_LOOKED_AT) return { jobs, next: after! };
    const found = await service.list(filter, { limit: step, ...(after !== undefined && { after }) });
    for (const job of found) {
      if (!all && !maySeeJob(caller, job)) continue;
      if (jobs.length === page.limit) return { jobs, next: jobs.at(-1)!.id };
      jobs.push(job);
    }
    if (found.length < step) return { jobs };
    after = found.at(-1)!.id;
  }
}
