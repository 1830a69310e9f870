interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Leader and followers: what arrives for a key while a group of that key is under way waits and becomes the next group
 * together. Every item is in exactly one group, and a group starts after all its items have arrived. So N concurrent
 * commits become a few versions, and N concurrent questions for the newest version a few requests, none of them
 * answered from before it was asked.
 */
export class GroupRunner<T, R> {
  private readonly queues = new Map<string, Waiting<T, R>[]>();

  /**
   * @param work one outcome for each item, in their order; when it rejects, so does every item
   * @param maxItems in one group
   */
  constructor(
    private readonly work: (key: string, items: readonly T[]) => Promise<readonly PromiseSettledResult<R>[]>,
    private readonly maxItems: number,
  ) {}

  run(key: string, item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const queue = this.queues.get(key);
      if (queue) queue.push({ item, resolve, reject });
      else {
        const opened = [{ item, resolve, reject }];
        this.queues.set(key, opened);
        void this.drain(key, opened);
      }
    });
  }

  /** Never rejects: every failure belongs to the items of its group. */
  private async drain(key: string, queue: Waiting<T, R>[]): Promise<void> {
    // Whoever calls in the same turn belongs to the first group.
    await Promise.resolve();
    while (queue.length > 0) await this.runGroup(key, queue.splice(0, this.maxItems));
    this.queues.delete(key);
  }

  private async runGroup(key: string, group: Waiting<T, R>[]): Promise<void> {
    try {
      const outcomes = await this.work(
        key,
        group.map((waiting) => waiting.item),
      );
      for (const [i, waiting] of group.entries()) {
        const outcome = outcomes[i]!;
        if (outcome.status === 'fulfilled') waiting.resolve(outcome.value);
        else waiting.reject(outcome.reason);
      }
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
    }
  }
}
