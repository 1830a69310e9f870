import { z } from 'zod';

/** What a client may ask of a warm-up. */
export const warmSpec = z.strictObject({
  /** The fields whose dictionaries, norms and columns are read; all if not given. */
  fields: z.array(z.string().min(1)).min(1).max(1000).optional(),
});
export type WarmSpec = z.output<typeof warmSpec>;

/** What a warm-up has read. */
export interface WarmResult {
  /** The version of the index whose segments were read. */
  readonly version: number;
  readonly segments: number;
  /** Segments that were left out because the rest had filled a cache. */
  readonly leftOut: number;
  readonly failed: number;
  /** Of requests to the store; what was cached before cost none. */
  readonly gets: number;
  readonly bytes: number;
}
