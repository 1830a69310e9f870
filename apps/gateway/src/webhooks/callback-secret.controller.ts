import { Body, Controller, Get, Header, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/identity';
import type { SigningSecret } from '#libs/webhooks';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { parseRotation } from './endpoint-body.ts';
import { publicSecret, type PublicSecret } from './public-endpoint.ts';
import { CALLBACK_SECRET_RESPONSE, ROTATION_BODY } from './webhook-schemas.ts';
import { WEBHOOKS, type GatewayWebhooks } from './webhooks-token.ts';

interface PublicCallbackSecret {
  /** What verifies the calls. */
  readonly secret: string;
  readonly secrets: PublicSecret[];
}

/**
 * What signs the calls to `callbackUrl`s. Unlike an endpoint's it can be asked for again: nobody makes it, so there is no
 * answer that would show it once.
 */
@ApiTags('webhooks')
@Controller('v1/webhooks/callback-secret')
@Needs('admin')
export class CallbackSecretController {
  constructor(@Inject(WEBHOOKS) private readonly webhooks: GatewayWebhooks) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The secret that signs the calls to the callbackUrl of jobs' })
  @ApiResponse({ status: 200, ...CALLBACK_SECRET_RESPONSE })
  async get(@CallerOf() { tenant }: Caller): Promise<PublicCallbackSecret> {
    return shown(await this.webhooks.callbackSecrets.get(tenant));
  }

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Replace it; both sign for a while, 24 hours by default' })
  @ApiBody(ROTATION_BODY)
  @ApiResponse({ status: 200, ...CALLBACK_SECRET_RESPONSE })
  async rotate(@Body(JsonBodyPipe) body: unknown, @CallerOf() { tenant }: Caller): Promise<PublicCallbackSecret> {
    return shown(await this.webhooks.callbackSecrets.rotate(tenant, parseRotation(body)));
  }
}

const shown = (secrets: readonly SigningSecret[]): PublicCallbackSecret => ({
  secret: secrets[0]!.secret,
  secrets: secrets.map(publicSecret),
});
