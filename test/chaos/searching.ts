import type { Random } from '#libs/kernel';
import type { Client, JobEnd } from './client.ts';
import { drawInt, drawOne } from './draw.ts';
import { type Healthy, wrongWithFixed } from './fixed-answers.ts';
import type { FixedQuery } from './fixed-corpus.ts';
import { COUNT_BATCHES, type Ledger, wrongWithCounts } from './ledger.ts';
import type { Violations } from './violations.ts';

/** What a search may end with when it finds no result: the clear errors of things that were out of reach. */
const CLEAR = new Set(['store_unavailable', 'store_slow_down', 'timeout', 'overloaded', 'broker_unavailable']);

export interface SearchingOptions {
  readonly client: Client;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly violations: Violations;
  readonly fixed: { readonly index: string; readonly queries: readonly FixedQuery[]; readonly healthy: Healthy };
}

/** One who searches, one search after the other, and checks every result. */
export class Searcher {
  private readonly options: SearchingOptions;
  whole = 0;
  /** Results that said coverage < 1. */
  partial = 0;
  /** Searches that ended with a clear error instead of a result, by its code. */
  readonly failed = new Map<string, number>();

  constructor(options: SearchingOptions) {
    this.options = options;
  }

  get elapsedMs(): readonly number[] {
    return this.options.client.elapsedMs;
  }

  async runUntil(over: AbortSignal): Promise<void> {
    const { random, ledger } = this.options;
    while (!over.aborted) {
      const growing = ledger.indexes().filter((index) => ledger.doneOf(index).length > 0);
      if (growing.length === 0 || random.next() < 0.7) await this.searchFixed();
      else await this.searchGrowing(drawOne(random, growing.slice(-2)));
    }
  }

  private async searchFixed(): Promise<void> {
    const { random, fixed } = this.options;
    const query = drawOne(random, fixed.queries);
    const end = await this.search(fixed.index, query.body);
    this.judge(end, (result) => wrongWithFixed(query, result, fixed.healthy));
  }

  private async searchGrowing(index: string): Promise<void> {
    const { ledger } = this.options;
    const before = ledger.doneOf(index);
    const end = await this.search(index, COUNT_BATCHES);
    this.judge(end, (result) => wrongWithCounts(result, before, ledger.of(index)));
  }

  private search(index: string, body: unknown): Promise<JobEnd | undefined> {
    const { client, random } = this.options;
    const wait = drawInt(random, 0, 2) === 0 ? '5s' : '50ms';
    const path = `/v1/indexes/${index}/search?wait=${wait}`;
    return client.run({ method: 'POST', path, body: JSON.stringify(body) });
  }

  private judge(end: JobEnd | undefined, wrongWith: (result: unknown) => string | undefined): void {
    if (end === undefined) return;
    const { violations } = this.options;
    if (!('result' in end)) {
      this.failed.set(end.code, (this.failed.get(end.code) ?? 0) + 1);
      if (!CLEAR.has(end.code)) violations.add(`search ${end.job} ended ${end.state} with ${end.code}`);
      return;
    }
    if (end.coverage < 1) this.partial++;
    else this.whole++;
    const wrong = wrongWith(end.result);
    if (wrong !== undefined) violations.add(`search ${end.job}: ${wrong}`);
  }
}
