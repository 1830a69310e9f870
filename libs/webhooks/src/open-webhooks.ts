import { AddressPolicy } from './address-policy.ts';
import { CallbackSecrets } from './callback-secrets.ts';
import { Endpoints, type WebhookRecords } from './endpoints.ts';
import { GuardedSender } from './guarded-sender.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** All that calling back takes, but for the deliveries themselves. */
export interface Webhooks {
  readonly endpoints: Endpoints;
  readonly callbackSecrets: CallbackSecrets;
  readonly policy: AddressPolicy;
  readonly sender: WebhookSender;
}

/** @param allow CIDRs that may be reached although they are not public. Throws `invalid` (`bad_cidr`). */
export function openWebhooks(records: WebhookRecords, allow: readonly string[]): Webhooks {
  const policy = new AddressPolicy(allow);
  return {
    endpoints: new Endpoints(records),
    callbackSecrets: new CallbackSecrets(records),
    policy,
    sender: new GuardedSender({ policy, clock: records.clock }),
  };
}
