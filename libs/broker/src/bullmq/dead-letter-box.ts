import type { Queue } from 'bullmq';
import { invalid, type Clock } from '#libs/kernel';
import type { RedisClient } from '#libs/redis';
import type { DeadLetter } from '../broker.ts';
import { isLost } from './bullmq-error.ts';
import { decodeBody, jobRef } from './bullmq-message.ts';
import { answersOf } from './pipeline-answers.ts';

/** Where a letter lies in the failed set: by the time of its death (ms since 1970), then by its job's id. */
interface Place {
  readonly diedAt: number;
  readonly job: string;
}

/** Says the place, so that a page can follow a letter that is gone. */
const letterId = ({ diedAt, job }: Place): string => `${diedAt}-${job}`;

function placeOf(id: string): Place | undefined {
  const [, diedAt, job] = /^(\d{1,15})-(.+)$/s.exec(id) ?? [];
  return diedAt === undefined || job === undefined ? undefined : { diedAt: Number(diedAt), job };
}

/** The dead letters of one mailbox: bullmq's failed set. */
export class DeadLetterBox {
  constructor(
    private readonly queue: Queue,
    private readonly client: RedisClient,
    private readonly clock: Clock,
  ) {}

  async list({ after, limit }: { after?: string; limit: number }): Promise<DeadLetter[]> {
    const places = await this.places(after, limit);
    if (places.length === 0) return [];
    const pipeline = this.client.pipeline();
    for (const { job } of places) pipeline.hmget(this.queue.toKey(job), 'data', 'failedReason', 'ats', 'timestamp');
    const answers = await answersOf<(string | null)[]>(pipeline);
    return answers.map(([data, reason, attempts, publishedAt], index) => ({
      id: letterId(places[index]!),
      body: decodeBody(data) ?? data ?? '',
      reason: reason ?? '',
      attempts: Number(attempts ?? 0),
      publishedAt: Number(publishedAt) || 0,
      diedAt: places[index]!.diedAt,
    }));
  }

  async replay(ids: readonly string[]): Promise<number> {
    const moved = await Promise.all((await this.present(ids)).map(({ job }) => this.replayOne(job)));
    return moved.filter(Boolean).length;
  }

  async discard(ids: readonly string[]): Promise<number> {
    const gone = await Promise.all((await this.present(ids)).map(({ job }) => this.discardOne(job)));
    return gone.filter(Boolean).length;
  }

  private async replayOne(job: string): Promise<boolean> {
    try {
      // Before others can see it: it counts as published now. Then bullmq's script moves it in one step.
      const [, moved] = await Promise.allSettled([
        this.client.hset(this.queue.toKey(job), 'timestamp', this.clock.now()),
        this.queue
          .getBackend()
          .retryFinishedJob(jobRef(job), 'failed', { resetAttemptsMade: true, resetAttemptsStarted: true }),
      ]);
      if (moved.status === 'rejected') throw moved.reason;
      return true;
    } catch (error) {
      if (isLost(error)) return false;
      throw error;
    }
  }

  /** Who takes the letter out of the set owns it; a crash after that leaves a hash that nobody names. */
  private async discardOne(job: string): Promise<boolean> {
    const taken = await this.client.zrem(this.queue.toKey('failed'), job);
    if (taken === 0) return false;
    await this.queue.remove(job);
    return true;
  }

  private async places(after: string | undefined, limit: number): Promise<Place[]> {
    const key = this.queue.toKey('failed');
    if (after === undefined) {
      return pairs(await this.client.zrangebyscore(key, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, limit));
    }
    const last = placeOf(after);
    if (!last) throw invalid('bad_cursor', `"${after}" is no id of a dead letter`, { after });
    const [same, later] = await answersOf<string[]>(
      this.client
        .pipeline()
        .zrangebyscore(key, last.diedAt, last.diedAt, 'WITHSCORES')
        .zrangebyscore(key, `(${last.diedAt}`, '+inf', 'WITHSCORES', 'LIMIT', 0, limit),
    );
    return [...pairs(same ?? []).filter(({ job }) => job > last.job), ...pairs(later ?? [])].slice(0, limit);
  }

  private async present(ids: readonly string[]): Promise<Place[]> {
    const places = [...new Set(ids)].map(placeOf).filter((place) => place !== undefined);
    if (places.length === 0) return [];
    const pipeline = this.client.pipeline();
    for (const { job } of places) pipeline.zscore(this.queue.toKey('failed'), job);
    const scores = await answersOf<string | null>(pipeline);
    return places.filter(({ diedAt }, index) => scores[index] !== null && Number(scores[index]) === diedAt);
  }
}

const pairs = (flat: readonly string[]): Place[] =>
  Array.from({ length: flat.length / 2 }, (_, i) => ({ job: flat[2 * i]!, diedAt: Number(flat[2 * i + 1]) }));
