import type { ErrorRecord } from '#libs/kernel';
import type { JobRecord } from '#libs/job-store';
import { deliverySchema, type DeliveryResult } from '#libs/jobs';

/** A line of the delivery log. */
export interface PublicDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: string;
  /** The job that it tells of. */
  readonly job?: string;
  readonly state: string;
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly nextTryAt?: string;
  /** Oldest first; the last of them may have been taken. */
  readonly tries: PublicTry[];
}

export interface PublicTry {
  readonly at: string;
  /** What the receiver answered, if it did. */
  readonly status?: number;
  readonly error?: { readonly code: string; readonly detail: string };
}

export function publicDelivery(delivery: JobRecord): PublicDelivery {
  const { event, webhookId, job } = deliverySchema.parse(delivery.spec);
  const { id, state, createdAt, finishedAt, dueAt, tries = [], error, result } = delivery;
  const last = finishedAt === undefined ? undefined : lastTry(finishedAt, error, result as DeliveryResult | undefined);
  return {
    id,
    webhookId,
    event,
    ...(job !== undefined && { job }),
    state,
    createdAt: iso(createdAt),
    ...(finishedAt !== undefined && { finishedAt: iso(finishedAt) }),
    ...(dueAt !== undefined && { nextTryAt: iso(dueAt) }),
    tries: [...tries.map((each) => failedTry(each.at, each.error)), ...(last ? [last] : [])],
  };
}

/** The try that ended it: only those that another follows are among `tries`. */
function lastTry(at: number, error?: ErrorRecord, result?: DeliveryResult): PublicTry | undefined {
  if (error) return failedTry(at, error);
  return result && { at: iso(at), status: result.status };
}

function failedTry(at: number, { code, message, details }: ErrorRecord): PublicTry {
  const status = details?.['status'];
  return { at: iso(at), ...(typeof status === 'number' && { status }), error: { code, detail: message } };
}

const iso = (ms: number): string => new Date(ms).toISOString();
