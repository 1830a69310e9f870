import { kindOf } from '#libs/kernel';
import { planMerges, type IndexCatalog, type IndexName } from '#libs/index';
import { isTerminal, JOB_STATES, type JobStore } from '#libs/job-store';
import type { JobService } from '../../job-service.ts';
import { LeasedDuty, type LeasedDutyParts } from '../../runtime/leased-duty.ts';
import { IndexRounds } from '../index-rounds.ts';
import { targetBytesOf } from './target-bytes.ts';

export interface CompactorParts extends LeasedDutyParts {
  readonly jobs: Pick<JobStore, 'acquireLease' | 'releaseLease' | 'list'>;
  readonly catalog: Pick<IndexCatalog, 'names' | 'newest'>;
  readonly service: Pick<JobService, 'submit'>;
  /** As the workers' CompactKind has it. */
  readonly memoryBytes: number;
}

export interface CompactorOptions {
  readonly everyMs: number;
  readonly quietMs: number;
  /** Compactions that may run at once, of all indexes: they share the workers with imports and searches. */
  readonly atOnce: number;
}

export const COMPACTOR_DEFAULTS: CompactorOptions = { everyMs: 30_000, quietMs: 600_000, atOnce: 4 };

const LEASE_MS = 15_000;
/** What failed on a version is tried again as often, though nothing has changed. */
const AGAIN_MS = 3_600_000;
const LISTED = 200;

/**
 * Looks through all indexes for work that the merge policy finds, and submits it as jobs. One process leads, all may try.
 * It needs no fencing: the idempotency key names index and version, so two leaders submit one job; and two jobs on
 * the same segments do no harm either (the second is left out of the commit).
 */
export class Compactor {
  private readonly duty: LeasedDuty;
  private readonly rounds: IndexRounds;

  constructor(
    private readonly parts: CompactorParts,
    private readonly options: CompactorOptions = COMPACTOR_DEFAULTS,
  ) {
    this.rounds = new IndexRounds(parts.catalog, parts.clock, options);
    this.duty = new LeasedDuty(parts, {
      name: 'compactor',
      everyMs: options.everyMs,
      leaseMs: LEASE_MS,
      work: (_token, signal) => this.look(signal),
    });
  }

  start(): void {
    this.duty.start();
  }

  close(): Promise<void> {
    return this.duty.close();
  }

  /** One look, if this process leads; for tests. */
  pass(): Promise<void> {
    return this.duty.turn();
  }

  private async look(signal: AbortSignal): Promise<void> {
    const busy = await this.compacting();
    for (const name of await this.rounds.due(signal)) {
      if (signal.aborted || busy.size >= this.options.atOnce) return;
      const { tenant, index } = name;
      // Its version moves when the running one ends.
      if (busy.has(`${tenant}/${index}`)) continue;
      try {
        if (await this.submitFor(name)) busy.add(`${tenant}/${index}`);
      } catch (error) {
        this.parts.logger.warn({ tenant, index, err: error }, 'an index could not be looked at for compaction');
        this.rounds.looked(name, undefined);
        // Nobody takes jobs now.
        if (kindOf(error) === 'overloaded') return;
      }
    }
  }

  private async submitFor(name: IndexName): Promise<boolean> {
    const { catalog, service, clock, logger, memoryBytes } = this.parts;
    const manifest = await catalog.newest(name);
    this.rounds.looked(name, manifest?.version);
    if (!manifest || manifest.dropped) return false;
    if (planMerges(manifest.segments, { targetBytes: targetBytesOf(memoryBytes) }).length === 0) return false;
    const slot = Math.floor(clock.now() / AGAIN_MS);
    const idempotencyKey = `quarry:compact:${name.index}:${manifest.version}:${slot}`;
    const { job, created } = await service.submit({ kind: 'compact', ...name, spec: {}, idempotencyKey });
    if (created) logger.info({ ...name, version: manifest.version, job: job.id }, 'a compaction was submitted');
    return created;
  }

  /** The indexes that have a compaction under way, whoever asked for it. */
  private async compacting(): Promise<Set<string>> {
    const alive = JOB_STATES.filter((state) => !isTerminal(state));
    const lists = await Promise.all(
      alive.map((state) => this.parts.jobs.list({ kind: 'compact', state }, { limit: LISTED })),
    );
    return new Set(lists.flat().map(({ tenant, index }) => `${tenant}/${index}`));
  }
}
