import { Body, Controller, Delete, Get, Header, HttpCode, Inject, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '#libs/identity';
import type { Endpoint } from '#libs/webhooks';
import { Platform } from '../../../platform/src/platform.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { publicJob, type PublicJob } from '../http/public-job.ts';
import { nameJob } from '../http/submitter.ts';
import { JOB_RESPONSE, PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { parseEndpointChange, parseNewEndpoint, parseRotation } from './endpoint-body.ts';
import { EndpointDesk } from './endpoint-desk.ts';
import { publicEndpoint, type PublicEndpoint } from './public-endpoint.ts';
import {
  CHANGED_WEBHOOK_BODY,
  NEW_WEBHOOK_RESPONSE,
  ROTATION_BODY,
  WEBHOOK_BODY,
  WEBHOOK_RESPONSE,
  WEBHOOKS_RESPONSE,
} from './webhook-schemas.ts';
import { WEBHOOKS, type GatewayWebhooks } from './webhooks-token.ts';

@ApiTags('webhooks')
@Controller('v1/webhooks')
@Needs('admin')
export class WebhooksController {
  constructor(
    @Inject(WEBHOOKS) private readonly webhooks: GatewayWebhooks,
    private readonly desk: EndpointDesk,
    private readonly platform: Platform,
  ) {}

  @Post()
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Have job events sent to a URL',
    description: 'Signed as Standard Webhooks asks. The secret is shown in this answer and never again.',
  })
  @ApiBody(WEBHOOK_BODY)
  @ApiResponse({ status: 201, ...NEW_WEBHOOK_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  async create(@Body(JsonBodyPipe) body: unknown, @CallerOf() caller: Caller): Promise<unknown> {
    const draft = parseNewEndpoint(body, caller, this.webhooks.policy);
    return withSecret(await this.webhooks.endpoints.create(caller.tenant, draft));
  }

  @Get()
  @ApiOperation({ summary: 'List the webhooks, without their secrets' })
  @ApiResponse({ status: 200, ...WEBHOOKS_RESPONSE })
  async list(@CallerOf() caller: Caller): Promise<{ webhooks: PublicEndpoint[] }> {
    return { webhooks: (await this.desk.list(caller)).map(publicEndpoint) };
  }

  @Get(':endpoint')
  @ApiOperation({ summary: 'A webhook, without its secrets' })
  @ApiResponse({ status: 200, ...WEBHOOK_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async get(@Param('endpoint') id: string, @CallerOf() caller: Caller): Promise<PublicEndpoint> {
    return publicEndpoint(await this.desk.get(caller, id));
  }

  @Patch(':endpoint')
  @ApiOperation({
    summary: 'Change a webhook',
    description: 'What is null is taken away; `disabled: false` enables it again after its receiver answered 410.',
  })
  @ApiBody(CHANGED_WEBHOOK_BODY)
  @ApiResponse({ status: 200, ...WEBHOOK_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async change(
    @Param('endpoint') id: string,
    @Body(JsonBodyPipe) body: unknown,
    @CallerOf() caller: Caller,
  ): Promise<PublicEndpoint> {
    await this.desk.get(caller, id);
    const change = parseEndpointChange(body, caller, this.webhooks.policy, this.platform.clock.now());
    return publicEndpoint(await this.webhooks.endpoints.change(caller.tenant, id, change));
  }

  @Delete(':endpoint')
  @ApiOperation({ summary: 'Delete a webhook; what waits to be delivered to it is given up' })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async delete(
    @Param('endpoint') id: string,
    @CallerOf() caller: Caller,
  ): Promise<{ readonly id: string; readonly deleted: true }> {
    await this.desk.get(caller, id);
    await this.webhooks.endpoints.delete(caller.tenant, id);
    return { id, deleted: true };
  }

  @Post(':endpoint/rotate')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Replace the secret',
    description: 'The new one is shown in this answer and never again. Both sign for a while, 24 hours by default.',
  })
  @ApiBody(ROTATION_BODY)
  @ApiResponse({ status: 200, ...NEW_WEBHOOK_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async rotate(
    @Param('endpoint') id: string,
    @Body(JsonBodyPipe) body: unknown,
    @CallerOf() caller: Caller,
  ): Promise<unknown> {
    const keepMs = parseRotation(body);
    await this.desk.get(caller, id);
    return withSecret(await this.webhooks.endpoints.rotate(caller.tenant, id, keepMs));
  }

  @Post(':endpoint/test')
  @HttpCode(202)
  @ApiOperation({ summary: 'Send the event webhook.test, also while the webhook is disabled' })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async test(
    @Param('endpoint') id: string,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublicJob> {
    const job = await this.webhooks.announcer.test(await this.desk.get(caller, id));
    nameJob(reply, job);
    return publicJob(await this.platform.jobService.get(caller.tenant, job));
  }
}

const withSecret = (endpoint: Endpoint): PublicEndpoint & { readonly secret: string } => ({
  ...publicEndpoint(endpoint),
  secret: endpoint.secrets[0]!.secret,
});
