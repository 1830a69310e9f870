import { Module, type DynamicModule } from '@nestjs/common';
import { CallbackSecretController } from './callback-secret.controller.ts';
import { DeliveriesController } from './deliveries.controller.ts';
import { EndpointDesk } from './endpoint-desk.ts';
import { WEBHOOKS, type GatewayWebhooks } from './webhooks-token.ts';
import { WebhooksController } from './webhooks.controller.ts';

/** Who is called back, and how that went. */
@Module({})
export class WebhooksModule {
  static of(webhooks: GatewayWebhooks): DynamicModule {
    return {
      module: WebhooksModule,
      controllers: [CallbackSecretController, WebhooksController, DeliveriesController],
      providers: [{ provide: WEBHOOKS, useValue: webhooks }, EndpointDesk],
    };
  }
}
