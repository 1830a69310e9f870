/** Documents that are submitted together, and so become visible together. */
export interface Batch {
  readonly name: string;
  readonly index: string;
  readonly count: number;
  /** The documents are n = first … first + count - 1, with `_id` d<n>. */
  readonly first: number;
  /** Written again as often as this is higher than 0; every document tells. */
  revision: number;
  /** `begun`: somebody may have accepted it; `done`: its job has succeeded, and its client was told. */
  state: 'begun' | 'done';
}

/**
 * What the indexes that are written to during the chaos must have, may have, and must not have. Its rules: a batch is
 * visible whole or not at all; one that is done is visible in every search that begins afterwards; one that nobody
 * submitted never is.
 */
export class Ledger {
  private readonly batches = new Map<string, Batch>();
  private next = 0;
  private readonly perIndex: number;

  /** @param perIndex batches until the next ones go to a new index */
  constructor(perIndex: number) {
    this.perIndex = perIndex;
  }

  begin(count: number): Batch {
    const number = this.batches.size;
    const index = `growing-${Math.floor(number / this.perIndex)}`;
    const batch: Batch = { name: `b${number}`, index, count, first: this.next, revision: 0, state: 'begun' };
    this.next += count;
    this.batches.set(batch.name, batch);
    return batch;
  }

  all(): Batch[] {
    return [...this.batches.values()];
  }

  of(index: string): Batch[] {
    return this.all().filter((batch) => batch.index === index);
  }

  /** Only these exist for sure. */
  doneOf(index: string): Batch[] {
    return this.of(index).filter(({ state }) => state === 'done');
  }

  indexes(): string[] {
    return [...new Set(this.all().map(({ index }) => index))];
  }

  get documents(): number {
    return this.next;
  }
}

export const linesOf = ({ name, first, count, revision }: Batch): string =>
  Array.from({ length: count }, (_, i) => {
    const n = first + i;
    return `${JSON.stringify({ _id: `d${n}`, n, batch: name, revision, text: `document ${n} of ${name}` })}\n`;
  }).join('');

/** A search that counts each batch. */
export const COUNT_BATCHES = {
  size: 0,
  trackTotalHits: true,
  aggs: { batches: { terms: { field: 'batch', size: 10_000 } }, n: { stats: { field: 'n' } } },
};

interface Counted {
  readonly total: { readonly value: number };
  readonly coverage: number;
  readonly aggs: {
    readonly batches: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] };
    readonly n: { readonly count: number; readonly sum: number };
  };
}

/**
 * What is wrong with the result of COUNT_BATCHES, or undefined.
 * @param before what was done when the search was submitted
 * @param after what had been begun when it was answered
 */
export function wrongWithCounts(given: unknown, before: readonly Batch[], after: readonly Batch[]): string | undefined {
  const { total, coverage, aggs } = given as Counted;
  const counts = new Map(aggs.batches.buckets.map(({ key, doc_count }) => [key, doc_count]));
  const begun = new Map(after.map((batch) => [batch.name, batch]));
  let seen = 0;
  let sum = 0;
  for (const [name, count] of counts) {
    const batch = begun.get(name);
    if (!batch) return `batch ${name} is there and was never sent`;
    if (count > batch.count || (coverage === 1 && count !== batch.count))
      return `batch ${name} is there with ${count} of its ${batch.count} documents`;
    seen += count;
    sum += (count * (2 * batch.first + count - 1)) / 2;
  }
  if (coverage < 1) return undefined;
  const missing = before.find(({ name }) => !counts.has(name));
  if (missing) return `batch ${missing.name} of ${missing.index} was done before the search, which does not have it`;
  if (total.value !== seen || aggs.n.count !== seen || aggs.n.sum !== sum)
    return `the batches have ${seen} documents (sum ${sum}), the result ${JSON.stringify({ total, n: aggs.n })}`;
  return undefined;
}
