import { isTerminal, type JobFilter, type JobRecord } from '../job-store.ts';
import { toJobRecord, type Fields } from './job-hash.ts';
import type { BucketKeys, JobStoreKeys } from './job-keys.ts';
import type { RedisScripts } from './redis-scripts.ts';
import { FIND_JOBS } from './scripts/care-scripts.ts';

/** So many jobs a script looks at before it lets others in: about 1 ms of Redis's one thread. */
const LOOKED_AT = 500;

/** A job as it was found, with the fields that are not the record's. */
export interface FoundJob {
  readonly job: JobRecord;
  readonly fields: Fields;
}

/** Lists over all buckets. Entries of jobs that are gone (their time to live was over) are taken out on the way. */
export class RedisJobLists {
  constructor(
    private readonly scripts: RedisScripts,
    private readonly keys: JobStoreKeys,
  ) {}

  async newest(filter: JobFilter, { after = '', limit }: { after?: string; limit: number }): Promise<JobRecord[]> {
    const perBucket = await Promise.all(this.keys.buckets.map((bucket) => this.newestIn(bucket, filter, after, limit)));
    const ids = perBucket
      .flat()
      .toSorted((a, b) => (a < b ? 1 : -1))
      .slice(0, limit);
    const found = await this.read(ids);
    // A job may have moved on since the script saw it.
    return found.map(({ job }) => job).filter((job) => fits(job, filter));
  }

  /** The first in one of the sorted sets by time, earlier than `before`; an entry that `isStill` refuses is left out. */
  async earliest(
    setsOf: (bucket: BucketKeys) => readonly string[],
    before: number,
    limit: number,
    isStill: (job: JobRecord) => boolean,
  ): Promise<FoundJob[]> {
    const entries = await Promise.all(
      this.keys.buckets.flatMap((bucket) => setsOf(bucket)).map((key) => this.earliestIn(key, before, limit)),
    );
    const first = entries
      .flat()
      .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    const found = await this.read(first.map(({ id }) => id));
    return found.filter(({ job }) => isStill(job));
  }

  /** In the order of the ids; without those that are gone. */
  async read(ids: readonly string[]): Promise<FoundJob[]> {
    const found = await Promise.all(
      ids.map(async (id): Promise<FoundJob | undefined> => {
        const fields = await this.scripts.ask((client) => client.hgetall(this.keys.of(id).job));
        if (fields['state'] !== undefined) return { job: toJobRecord(id, fields), fields };
        await this.forgetEntries(id);
        return undefined;
      }),
    );
    return found.filter((one) => one !== undefined);
  }

  private async newestIn(bucket: BucketKeys, filter: JobFilter, after: string, limit: number): Promise<string[]> {
    const indexes = [bucket.all];
    if (filter.tenant !== undefined) indexes.push(bucket.tenant(filter.tenant));
    if (filter.kind !== undefined) indexes.push(bucket.kind(filter.kind));
    if (filter.subject !== undefined) indexes.push(bucket.subject(filter.subject));
    if (filter.state !== undefined && filter.state !== 'succeeded') {
      indexes.push(isTerminal(filter.state) ? bucket.lapsed : bucket.live);
    }
    // The script takes four; the first contains every job, so it is the one to spare.
    const four = [...indexes, bucket.all, bucket.all, bucket.all].slice(Math.max(0, indexes.length - 4)).slice(0, 4);
    const wanted = Object.entries(filter).flatMap(([name, value]) =>
      value === undefined ? [] : [name, value as string],
    );
    const ids: string[] = [];
    for (let from = after; ;) {
      const reply = await this.scripts.run(FIND_JOBS, four, [
        bucket.jobPrefix,
        from,
        limit - ids.length,
        LOOKED_AT,
        ...wanted,
      ]);
      const [next, ...more] = reply as string[];
      ids.push(...more);
      if (next === '' || ids.length >= limit) return ids;
      from = next!;
    }
  }

  private async earliestIn(key: string, before: number, limit: number): Promise<{ id: string; at: number }[]> {
    const flat = await this.scripts.ask((client) =>
      client.zrangebyscore(key, '-inf', `(${before}`, 'WITHSCORES', 'LIMIT', 0, limit),
    );
    const entries: { id: string; at: number }[] = [];
    for (let i = 0; i < flat.length; i += 2) entries.push({ id: flat[i]!, at: Number(flat[i + 1]) });
    return entries;
  }

  private async forgetEntries(id: string): Promise<void> {
    const { touched, touchedTransient, live, lapsed, ended, endedTransient, owed, all } = this.keys.of(id).bucket;
    const sets = [touched, touchedTransient, live, lapsed, ended, endedTransient, owed, all];
    await Promise.all(sets.map((key) => this.scripts.ask((client) => client.zrem(key, id))));
  }
}

const fits = (job: JobRecord, filter: JobFilter): boolean =>
  Object.entries(filter).every(([name, value]) => value === undefined || job[name as keyof JobFilter] === value);
