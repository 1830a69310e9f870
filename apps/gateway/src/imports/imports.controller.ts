import { Body, Controller, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '#libs/identity';
import { parseImportBody } from '#libs/jobs';
import { Platform } from '../../../platform/src/platform.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { Submitter, header } from '../http/submitter.ts';
import { withoutCallback } from '../webhooks/callback-of.ts';
import { IMPORT_BODY, JOB_RESPONSE, PROBLEM_RESPONSE, WRITE_RESPONSE } from '../openapi/schemas.ts';
import { SubmissionQueries } from '../openapi/submission-queries.ts';
import { refuseForeignSources } from './allowed-sources.ts';

@ApiTags('imports')
@Controller('v1/indexes/:index/imports')
export class ImportsController {
  constructor(
    private readonly submitter: Submitter,
    private readonly platform: Platform,
  ) {}

  @Post()
  @Needs('index')
  @ApiOperation({
    summary: 'Import files',
    description: 'A file, a folder or a prefix: NDJSON, JSON, CSV, plain text, Markdown; plain, gzip or zstd.',
  })
  @ApiBody(IMPORT_BODY)
  @SubmissionQueries
  @ApiResponse({ status: 200, ...WRITE_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async submit(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @Headers() headers: Record<string, string | string[] | undefined>,
    @Query() query: Record<string, string | undefined>,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const request = { headers, wait: query['wait'], query, body };
    const spec = parseImportBody(withoutCallback(body));
    refuseForeignSources(this.platform.settings, caller, spec.sources);
    const idempotencyKey = header(request, 'idempotency-key');
    return this.submitter.submit(
      {
        kind: 'import',
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
