import type { Broker } from '#libs/broker';
import type { JobStore, NewJob } from '#libs/job-store';
import { encodeMessage, mailboxOf, MESSAGE_VERSION, PRIORITY } from '../../runtime/messages.ts';
import type { WebhookKind } from './webhook-kind.ts';

/** What an Announcer makes deliveries with: record first, then its message (JOB-1). */
export function deliveryPoster(
  parts: { readonly jobs: JobStore; readonly broker: Broker; readonly namespace: string },
  kind: WebhookKind,
): (job: NewJob) => Promise<void> {
  return async (delivery) => {
    const { job, created } = await parts.jobs.create(delivery);
    // Whoever made it sends its message, or the reconciler does: two messages at once would be two calls.
    if (!created) return;
    await parts.broker.publish(mailboxOf(parts.namespace, kind), [
      {
        body: encodeMessage({ v: MESSAGE_VERSION, type: 'advance', job: job.id, kind: kind.name }),
        priority: PRIORITY.advance,
      },
    ]);
  };
}
