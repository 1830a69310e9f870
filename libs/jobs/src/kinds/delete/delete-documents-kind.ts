import { z } from 'zod';
import type { IndexCatalog } from '#libs/index';
import type { JobContext, JobKind, JobOutcome } from '../../job-kind.ts';
import type { WriteResult } from '../write-result.ts';

const spec = z.object({ ids: z.array(z.string().min(1)).min(1).max(10_000) });
type DeleteSpec = z.infer<typeof spec>;

interface DeleteShared {
  /** The index's version when the job was planned. */
  readonly plannedAt: number;
}

/** Deletes documents by `_id`. All of it is one commit, so there is nothing to cut: no tasks, and the finish does it. */
export class DeleteDocumentsKind implements JobKind<DeleteSpec, DeleteShared, never, null, WriteResult> {
  readonly name = 'delete-documents';
  readonly role = 'index';
  readonly spec = spec;

  constructor(private readonly catalog: IndexCatalog) {}

  async admit(_spec: DeleteSpec, context: Pick<JobContext, 'tenant' | 'index'>): Promise<void> {
    await this.catalog.snapshot(context, { consistency: 'eventual' });
  }

  async plan(_spec: DeleteSpec, context: JobContext): Promise<{ shared: DeleteShared; tasks: never[] }> {
    const { version } = await this.catalog.snapshot(context, { consistency: 'strong' });
    return { shared: { plannedAt: version }, tasks: [] };
  }

  run(): Promise<null> {
    return Promise.resolve(null);
  }

  failed(): null {
    return null;
  }

  empty(): null {
    return null;
  }

  merge(): null {
    return null;
  }

  async finish(
    _partial: null,
    { plannedAt }: DeleteShared,
    { ids }: DeleteSpec,
    context: JobContext,
  ): Promise<JobOutcome<WriteResult>> {
    const committed = await this.catalog.commit(context, {
      job: context.jobId,
      segments: [],
      deleteIds: ids,
      plannedAt,
    });
    const { indexed, updated, deleted, version } = committed;
    return { result: { indexed, updated, deleted, failed: 0, errors: [], version, segments: 0 }, coverage: 1 };
  }
}
