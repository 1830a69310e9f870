import { kindOf } from '#libs/kernel';
import type { IndexCatalog } from '#libs/index';
import { isTerminal, JOB_STATES, type JobStore } from '#libs/job-store';
import type { JobService } from '../../job-service.ts';
import { LeasedDuty, type LeasedDutyParts } from '../../runtime/leased-duty.ts';
import { IndexRounds } from '../index-rounds.ts';

export interface SweeperParts extends LeasedDutyParts {
  readonly jobs: Pick<JobStore, 'acquireLease' | 'releaseLease' | 'list'>;
  readonly catalog: Pick<IndexCatalog, 'names' | 'newest'>;
  readonly service: Pick<JobService, 'submit'>;
}

export interface SweeperOptions {
  readonly lookEveryMs: number;
  /** How often an index that changes is swept; one that does not, as seldom as `quietMs`. */
  readonly everyMs: number;
  readonly quietMs: number;
  /** Collections that may run at once, of all indexes. */
  readonly atOnce: number;
}

export const SWEEPER_DEFAULTS: SweeperOptions = {
  lookEveryMs: 30_000,
  everyMs: 600_000,
  quietMs: 6 * 3_600_000,
  atOnce: 8,
};

const LEASE_MS = 15_000;
const LISTED = 200;

/**
 * Submits a `gc` job for every index now and then: dropped ones, too, and folders that only have uploads. One process
 * leads, all may try. It needs no fencing: the idempotency key names index and time slot, so two leaders submit one
 * job; and two collectors at once do no harm (GC-1 … GC-3).
 */
export class Sweeper {
  private readonly duty: LeasedDuty;
  private readonly rounds: IndexRounds;

  constructor(
    private readonly parts: SweeperParts,
    private readonly options: SweeperOptions = SWEEPER_DEFAULTS,
  ) {
    this.rounds = new IndexRounds(parts.catalog, parts.clock, options);
    this.duty = new LeasedDuty(parts, {
      name: 'sweeper',
      everyMs: options.lookEveryMs,
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
    const { catalog, service, clock, logger } = this.parts;
    let running = await this.running();
    const slot = Math.floor(clock.now() / this.options.everyMs);
    for (const name of await this.rounds.due(signal)) {
      if (signal.aborted || running >= this.options.atOnce) return;
      try {
        const newest = await catalog.newest(name);
        const idempotencyKey = `quarry:gc:${name.index}:${slot}`;
        const { created } = await service.submit({ kind: 'gc', ...name, spec: {}, idempotencyKey });
        this.rounds.looked(name, newest?.version);
        if (created) running++;
      } catch (error) {
        logger.warn({ ...name, err: error }, 'an index could not be swept');
        // Nobody takes jobs now.
        if (kindOf(error) === 'overloaded') return;
        this.rounds.looked(name, undefined);
      }
    }
  }

  private async running(): Promise<number> {
    const alive = JOB_STATES.filter((state) => !isTerminal(state));
    const lists = await Promise.all(
      alive.map((state) => this.parts.jobs.list({ kind: 'gc', state }, { limit: LISTED })),
    );
    return lists.flat().length;
  }
}
