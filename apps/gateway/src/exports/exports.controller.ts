import { Body, Controller, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '#libs/identity';
import { parseExport } from '#libs/jobs';
import { Platform } from '../../../platform/src/platform.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { header, Submitter } from '../http/submitter.ts';
import { JOB_RESPONSE, PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { SubmissionQueries } from '../openapi/submission-queries.ts';
import { withoutCallback } from '../webhooks/callback-of.ts';
import { refuseForeignTarget } from './allowed-targets.ts';
import { EXPORT_BODY, EXPORT_RESPONSE } from './export-schemas.ts';

@ApiTags('exports')
@Controller('v1/indexes/:index/export')
@Needs('search')
export class ExportsController {
  constructor(
    private readonly submitter: Submitter,
    private readonly platform: Platform,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Export documents into files',
    description:
      'All that matches in one version, in no particular order, as parts with a manifest. A target needs the scope index too; without one, GET /v1/jobs/{id}/export downloads the parts as long as the job is remembered.',
  })
  @ApiBody(EXPORT_BODY)
  @SubmissionQueries
  @ApiResponse({ status: 200, ...EXPORT_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  @ApiResponse({ status: 409, ...PROBLEM_RESPONSE })
  async submit(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @Headers() headers: Record<string, string | string[] | undefined>,
    @Query() query: Record<string, string | undefined>,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const request = { headers, wait: query['wait'], query, body };
    const spec = parseExport(withoutCallback(body));
    refuseForeignTarget(this.platform.settings, caller, spec.target);
    const idempotencyKey = header(request, 'idempotency-key');
    return this.submitter.submit(
      {
        kind: 'export',
        tenant: caller.tenant,
        index,
        spec,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
      request,
      reply,
      0,
    );
  }
}
