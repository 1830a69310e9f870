import { z } from 'zod';
import { assert, fromErrorRecord, type ErrorRecord } from '#libs/kernel';
import type { Collected, IndexCatalog } from '#libs/index';
import type { JobStore } from '#libs/job-store';
import type { JobKind, JobOutcome, TaskContext } from '../../job-kind.ts';
import { oldestHoldingJob } from './holding-jobs.ts';

export interface GcParts {
  readonly catalog: Pick<IndexCatalog, 'collect'>;
  readonly jobs: Pick<JobStore, 'list' | 'get'>;
  readonly graceMs: number;
}

/** Processes trust what they saw so long ago without asking, and clocks disagree. */
export const LEAST_GRACE_MS = 10 * 60_000;

const spec = z.strictObject({});
type GcPartial = Collected | { readonly error: ErrorRecord } | null;

/** The `gc` job: deletes what no version of the index needs (MAN-3). One task, which may end anywhere and begin again. */
export class GcKind implements JobKind<z.output<typeof spec>, null, null, GcPartial, Collected> {
  readonly name = 'gc';
  readonly role = 'maintenance';
  readonly spec = spec;

  constructor(private readonly parts: GcParts) {
    assert(parts.graceMs >= LEAST_GRACE_MS, `a grace period of ${parts.graceMs} ms is safe`);
  }

  plan(): Promise<{ shared: null; tasks: null[] }> {
    return Promise.resolve({ shared: null, tasks: [null] });
  }

  async run(_task: null, _shared: null, _spec: object, { tenant, index, signal }: TaskContext): Promise<GcPartial> {
    const { catalog, jobs, graceMs } = this.parts;
    const name = { tenant, index };
    return catalog.collect(name, {
      graceMs,
      // Jobs made after this question make younger objects than those that it lets go.
      oldestJobAt: await oldestHoldingJob(jobs, name),
      isKnownJob: async (id) => (await jobs.get(id)) !== undefined,
      signal,
    });
  }

  failed(_task: null, _shared: null, error: ErrorRecord): GcPartial {
    return { error };
  }

  empty(): GcPartial {
    return null;
  }

  merge(a: GcPartial, b: GcPartial): GcPartial {
    return a ?? b;
  }

  async finish(collected: GcPartial): Promise<JobOutcome<Collected>> {
    assert(collected, 'a collection finishes when its one task has an outcome');
    if ('error' in collected) throw fromErrorRecord(collected.error);
    return { result: collected, coverage: 1 };
  }
}
