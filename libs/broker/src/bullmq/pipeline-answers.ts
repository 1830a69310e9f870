import type { RedisClient } from '#libs/redis';

/** Runs a pipeline; resolves with its answers, throws the first error among them. */
export async function answersOf<T>(pipeline: ReturnType<RedisClient['pipeline']>): Promise<T[]> {
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, answer]) => {
    if (error) throw error;
    return answer as T;
  });
}
