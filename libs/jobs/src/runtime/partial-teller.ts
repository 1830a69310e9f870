import type { JobRecord } from '#libs/job-store';
import type { AnyJobKind } from '../job-kind.ts';
import { contextOf, foldPartials, specOf } from './job-folding.ts';
import type { JobParts } from './job-parts.ts';

const NEVER = new AbortController().signal;

/** Tells those who asked for it how much of a running job is known, after each of its partials. */
export class PartialTeller {
  constructor(private readonly parts: JobParts) {}

  /** Never rejects: a partial that was not told is made up for by the next one, or by the end. */
  async tell(kind: AnyJobKind, begun: JobRecord): Promise<void> {
    const { announcer, jobs, logger } = this.parts;
    if (!announcer || !begun.announce) return;
    try {
      if (!(await announcer.wantsPartials(begun))) return;
      const [job, plan] = await Promise.all([jobs.get(begun.id), jobs.getPlan(begun.id)]);
      if (!job || !plan || job.attempt !== begun.attempt) return;
      const { total, done, failed } = job.progress;
      await announcer.partial(job, { coverage: (done - failed) / total, hits: await this.hitsSoFar(kind, job, plan) });
    } catch (error) {
      logger.warn({ job: begun.id, err: error }, 'a partial could not be announced');
    }
  }

  private async hitsSoFar(kind: AnyJobKind, job: JobRecord, plan: Parameters<typeof foldPartials>[3]): Promise<number> {
    if (!kind.preview) return 0;
    const spec = await specOf(this.parts, job);
    const { merged } = await foldPartials(this.parts, kind, job, plan, spec);
    const preview: unknown = await kind.preview(merged, plan.shared, spec, contextOf(this.parts, job, NEVER));
    const hits = (preview as { hits?: unknown } | undefined)?.hits;
    return Array.isArray(hits) ? hits.length : 0;
  }
}
