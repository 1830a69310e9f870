import { decodeUtf8, encodeUtf8 } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { JobRecord, StoredPartial } from '#libs/job-store';

/** A JSON value that was too large for the job store and lies in the object store instead. */
interface Claim {
  readonly $claim: string;
}

/** Larger values, as JSON, go to the object store: the job store's memory stays bounded (DESIGN §2, claim check). */
export const CLAIM_CHECK_BYTES = 64 * 1024;

export const isClaim = (value: unknown): value is Claim =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Claim>).$claim === 'string';

/**
 * Puts large specs, partials and results aside. Keys are under the index's staging folder of the job and end with the
 * job; writing one twice writes the same meaning.
 */
export class ClaimCheck {
  constructor(private readonly store: ObjectStore) {}

  /** @param name made only when the value is put aside */
  async stow(job: Pick<JobRecord, 'tenant' | 'index' | 'id'>, name: () => string, value: unknown): Promise<unknown> {
    const json = JSON.stringify(value);
    if (json === undefined || json.length * 3 <= CLAIM_CHECK_BYTES) return value;
    const bytes = encodeUtf8(json);
    if (bytes.length <= CLAIM_CHECK_BYTES) return value;
    const key = `${job.tenant}/${job.index}/staging/${job.id}/${name()}.json`;
    await this.store.put(key, bytes);
    return { $claim: key } satisfies Claim;
  }

  async fetch(value: unknown): Promise<unknown> {
    if (!isClaim(value)) return value;
    return JSON.parse(decodeUtf8(await this.store.get(value.$claim)));
  }

  /**
   * Deletes what was put aside for a job that is forgotten: its claims and its staged body. Of a transient job only when
   * its record holds a claim: listing costs a request, and most searches put nothing aside.
   */
  async discard(job: JobRecord): Promise<void> {
    if (job.transient && !isClaim(job.spec) && !isClaim(job.result)) return;
    const keys: string[] = [];
    for await (const { key } of this.store.list(`${job.tenant}/${job.index}/staging/${job.id}/`)) keys.push(key);
    if (keys.length > 0) await this.store.deleteMany(keys);
  }

  async fetchPartials(partials: ReadonlyMap<number, StoredPartial>): Promise<unknown[]> {
    const ordered = [...partials.entries()].toSorted(([a], [b]) => a - b);
    return Promise.all(ordered.map(([, partial]) => this.fetch(partial.body)));
  }
}
