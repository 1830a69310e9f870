import { Body, Controller, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseImportBody } from '#libs/jobs';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { Submitter, header } from '../http/submitter.ts';
import { DEFAULT_TENANT } from '../http/tenant.ts';
import { IMPORT_BODY, JOB_RESPONSE, PROBLEM_RESPONSE, WAIT_QUERY, WRITE_RESPONSE } from '../openapi/schemas.ts';

@ApiTags('imports')
@Controller('v1/indexes/:index/imports')
export class ImportsController {
  constructor(private readonly submitter: Submitter) {}

  @Post()
  @ApiOperation({
    summary: 'Import files',
    description: 'A file, a folder or a prefix: NDJSON, JSON, CSV, plain text, Markdown; plain, gzip or zstd.',
  })
  @ApiBody(IMPORT_BODY)
  @ApiQuery(WAIT_QUERY)
  @ApiResponse({ status: 200, ...WRITE_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async submit(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @Headers() headers: Record<string, string | string[] | undefined>,
    @Query('wait') wait: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const request = { headers, wait };
    const idempotencyKey = header(request, 'idempotency-key');
    return this.submitter.submit(
      {
        kind: 'import',
        tenant: DEFAULT_TENANT,
        index,
        spec: parseImportBody(body),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
      request,
      reply,
      0,
    );
  }
}
