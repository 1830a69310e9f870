import type { Announcer } from '#libs/jobs';
import type { Webhooks } from '#libs/webhooks';

/** The provider's token. */
export const WEBHOOKS = Symbol('webhooks');

export interface GatewayWebhooks extends Pick<Webhooks, 'endpoints' | 'callbackSecrets' | 'policy'> {
  readonly announcer: Announcer;
}
