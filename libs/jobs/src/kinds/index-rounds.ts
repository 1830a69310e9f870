import type { Clock } from '#libs/kernel';
import type { IndexCatalog, IndexName } from '#libs/index';

export interface IndexRoundsOptions {
  /** How soon an index that has changed is looked at again. */
  readonly everyMs: number;
  /** The same for one that has not changed for long; new indexes are found within it. */
  readonly quietMs: number;
}

interface Watched {
  readonly name: IndexName;
  version: number | undefined;
  waitMs: number;
  dueAt: number;
}

/**
 * Which indexes a duty looks at now. Listing all of them, and asking each for its newest version, costs requests that
 * nobody pays for: so one that has not changed is asked half as often each time, and the list is made anew only
 * now and then.
 */
export class IndexRounds {
  private readonly watched = new Map<string, Watched>();
  private listedAt = -Infinity;

  constructor(
    private readonly catalog: Pick<IndexCatalog, 'names'>,
    private readonly clock: Clock,
    private readonly options: IndexRoundsOptions,
  ) {}

  /** Those that have waited longest first. */
  async due(signal: AbortSignal): Promise<IndexName[]> {
    if (this.clock.monotonic() - this.listedAt >= this.options.quietMs) await this.list(signal);
    const now = this.clock.monotonic();
    const due = [...this.watched.values()].filter(({ dueAt }) => dueAt <= now);
    return due.toSorted((a, b) => a.dueAt - b.dueAt).map(({ name }) => name);
  }

  /** The index was looked at, in this version. */
  looked(name: IndexName, version: number | undefined): void {
    const watched = this.watched.get(keyOf(name));
    if (!watched) return;
    const { everyMs, quietMs } = this.options;
    watched.waitMs = watched.version === version ? Math.min(quietMs, watched.waitMs * 2) : everyMs;
    watched.version = version;
    watched.dueAt = this.clock.monotonic() + watched.waitMs;
  }

  private async list(signal: AbortSignal): Promise<void> {
    const now = this.clock.monotonic();
    const gone = new Set(this.watched.keys());
    for await (const name of this.catalog.names()) {
      if (signal.aborted) return;
      const key = keyOf(name);
      gone.delete(key);
      if (this.watched.has(key)) continue;
      this.watched.set(key, { name, version: undefined, waitMs: this.options.everyMs, dueAt: now });
    }
    for (const key of gone) this.watched.delete(key);
    this.listedAt = now;
  }
}

const keyOf = ({ tenant, index }: IndexName): string => `${tenant}/${index}`;
