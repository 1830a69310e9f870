import { Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { QuarryError, notFound } from '#libs/kernel';
import type { Caller } from '#libs/identity';
import { isTerminal, JOB_STATES, type JobRecord } from '#libs/job-store';
import { CALLBACK_SUBJECT, WEBHOOK_KIND } from '#libs/jobs';
import type { Endpoint } from '#libs/webhooks';
import { Platform } from '../../../platform/src/platform.ts';
import { JOB_ID, jobCursorParameter, jobStateParameter } from '../http/job-list-parameters.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { nameJob } from '../http/submitter.ts';
import { countParameter } from '../http/wait.ts';
import { PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { EndpointDesk } from './endpoint-desk.ts';
import { publicDelivery, type PublicDelivery } from './public-delivery.ts';
import { DELIVERIES_RESPONSE, DELIVERY_RESPONSE } from './webhook-schemas.ts';
import { WEBHOOKS, type GatewayWebhooks } from './webhooks-token.ts';

const PAGE = 50;
const MAX_PAGE = 200;

/** The delivery log: of an endpoint, or with `callback` in its place of what went to the callbacks of jobs. */
@ApiTags('webhooks')
@Controller('v1/webhooks/:endpoint/deliveries')
@Needs('admin')
export class DeliveriesController {
  constructor(
    @Inject(WEBHOOKS) private readonly webhooks: GatewayWebhooks,
    private readonly desk: EndpointDesk,
    private readonly platform: Platform,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'What was sent and how that went, newest first',
    description: 'With `callback` in place of the id: what went to the `callbackUrl` of jobs.',
  })
  @ApiQuery({ name: 'state', required: false, enum: [...JOB_STATES] })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE } })
  @ApiQuery({
    name: 'after',
    required: false,
    description: 'the `next` of the page before',
    schema: { type: 'string' },
  })
  @ApiResponse({ status: 200, ...DELIVERIES_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async list(
    @Param('endpoint') endpoint: string,
    @Query('state') state: string | undefined,
    @Query('limit') limit: string | undefined,
    @Query('after') after: string | undefined,
    @CallerOf() caller: Caller,
  ): Promise<{ deliveries: PublicDelivery[]; next?: string }> {
    const cursor = jobCursorParameter(after);
    const count = countParameter('limit', limit, PAGE, MAX_PAGE);
    await this.receiver(caller, endpoint);
    const page = await this.platform.jobService.list(
      {
        tenant: caller.tenant,
        kind: WEBHOOK_KIND,
        subject: endpoint,
        ...(state !== undefined && { state: jobStateParameter(state) }),
      },
      { limit: count + 1, ...cursor },
    );
    const shown = page.slice(0, count);
    return { deliveries: shown.map(publicDelivery), ...(page.length > count && { next: shown.at(-1)!.id }) };
  }

  @Post(':delivery/replay')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send it once more, under the same webhook-id and with all its tries anew',
    description: 'One that still waits for its next try is cancelled and sent now.',
  })
  @ApiResponse({ status: 202, ...DELIVERY_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  @ApiResponse({ status: 409, ...PROBLEM_RESPONSE })
  async replay(
    @Param('endpoint') endpoint: string,
    @Param('delivery') id: string,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublicDelivery> {
    const receiver = await this.receiver(caller, endpoint);
    if (receiver?.disabled) {
      throw new QuarryError('conflict', `the webhook ${endpoint} is disabled: ${receiver.disabled.reason}`, {
        code: 'endpoint_disabled',
      });
    }
    const delivery = await this.find(caller, endpoint, id);
    if (!isTerminal(delivery.state)) await this.platform.jobService.cancel(caller.tenant, id);
    const again = await this.webhooks.announcer.replay(delivery);
    nameJob(reply, again);
    return publicDelivery((await this.platform.jobService.get(caller.tenant, again)).job);
  }

  /** Undefined stands for the callbacks of all jobs, of which nobody hears who is confined to some indexes. */
  private async receiver(caller: Caller, endpoint: string): Promise<Endpoint | undefined> {
    if (endpoint === CALLBACK_SUBJECT && caller.indexes === undefined) return undefined;
    return this.desk.get(caller, endpoint);
  }

  private async find({ tenant }: Caller, endpoint: string, id: string): Promise<JobRecord> {
    const job = JOB_ID.test(id) ? await this.platform.jobs.get(id) : undefined;
    if (job?.tenant === tenant && job.kind === WEBHOOK_KIND && job.subject === endpoint) return job;
    throw notFound(
      'delivery_not_found',
      `there is no delivery "${id.slice(0, 64)}"; ended ones are forgotten after a while`,
    );
  }
}
