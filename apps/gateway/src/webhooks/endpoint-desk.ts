import { Inject, Injectable } from '@nestjs/common';
import { notFound } from '#libs/kernel';
import { coversPattern, type Caller } from '#libs/identity';
import type { Endpoint } from '#libs/webhooks';
import { WEBHOOKS, type GatewayWebhooks } from './webhooks-token.ts';

/** Which endpoints a caller may know of: its tenant's, and when it is confined to some indexes, those that are too. */
@Injectable()
export class EndpointDesk {
  constructor(@Inject(WEBHOOKS) private readonly webhooks: GatewayWebhooks) {}

  async list(caller: Caller): Promise<Endpoint[]> {
    return (await this.webhooks.endpoints.list(caller.tenant, 0)).filter((endpoint) => manages(caller, endpoint));
  }

  /** Throws `not-found` (`webhook_not_found`). */
  async get(caller: Caller, id: string): Promise<Endpoint> {
    const endpoint = await this.webhooks.endpoints.get(caller.tenant, id);
    if (manages(caller, endpoint)) return endpoint;
    throw notFound('webhook_not_found', `there is no webhook "${id}"; list them with GET /v1/webhooks`);
  }
}

export const manages = (caller: Caller, { indexes }: Pick<Endpoint, 'indexes'>): boolean =>
  caller.indexes === undefined || (indexes?.every((pattern) => coversPattern(caller.indexes, pattern)) ?? false);
