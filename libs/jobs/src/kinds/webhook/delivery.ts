import { z } from 'zod';

/** The kind of job that a delivery is. */
export const WEBHOOK_KIND = 'webhook';
/** The `subject` of what goes to a job's callback; all else has its endpoint's id. */
export const CALLBACK_SUBJECT = 'callback';

/** One event on its way to one receiver. */
export const deliverySchema = z.object({
  event: z.string(),
  /** The same over every try and every replay: receivers recognise by it what they have. */
  webhookId: z.string(),
  to: z.union([z.object({ endpoint: z.string() }), z.object({ callback: z.string() })]),
  /** The job it tells of; a test tells of none. */
  job: z.string().optional(),
  /** As it is sent: made once, so that it is the same bytes at every try. */
  body: z.string(),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** How a delivery went that was taken. */
export interface DeliveryResult {
  readonly status: number;
  /** Of the receiver, ms. */
  readonly elapsedMs: number;
  /** With the one that it was taken at. */
  readonly tries: number;
}
