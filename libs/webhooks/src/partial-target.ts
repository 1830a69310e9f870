import { z } from 'zod';

/** From where on the results so far of a job that still runs are worth a call. Of two, the one that is reached first. */
export const partialTargetSchema = z
  .strictObject({
    /** The share of the work that is done. */
    coverage: z.number().gt(0).max(1).optional(),
    /** So many hits found. */
    hits: z.int().min(1).optional(),
  })
  .refine(({ coverage, hits }) => coverage !== undefined || hits !== undefined, { error: 'name coverage or hits' });
export type PartialTarget = z.infer<typeof partialTargetSchema>;

/** How far a job has come. */
export interface PartialReach {
  readonly coverage: number;
  readonly hits: number;
}

export const reached = (target: PartialTarget, { coverage, hits }: PartialReach): boolean =>
  (target.coverage !== undefined && coverage >= target.coverage) || (target.hits !== undefined && hits >= target.hits);
