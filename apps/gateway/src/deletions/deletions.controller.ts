import { applyDecorators, Body, Controller, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '#libs/identity';
import { parseDeleteByQuery } from '#libs/jobs';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { asFlag, asNumber, asText, withParameters, type ReadParameter } from '../http/parameters-in-body.ts';
import { header, Submitter } from '../http/submitter.ts';
import { requireScope } from '../identity/require-scope.ts';
import { JOB_RESPONSE, PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { SubmissionQueries } from '../openapi/submission-queries.ts';
import { withoutCallback } from '../webhooks/callback-of.ts';
import { DELETION_BODY, DELETION_QUERIES, DELETION_RESPONSE } from './deletion-schemas.ts';

const DeletionQueries = applyDecorators(...DELETION_QUERIES.map((query) => ApiQuery(query)));

const PARAMETERS: Readonly<Record<string, ReadParameter>> = {
  q: asText,
  conflicts: asText,
  maxDocs: asNumber,
  max_docs: asNumber,
  dryRun: asFlag,
  dry_run: asFlag,
};

@ApiTags('documents')
@Controller('v1/indexes/:index/delete-by-query')
@Needs('index')
export class DeletionsController {
  constructor(private readonly submitter: Submitter) {}

  @Post()
  @ApiOperation({
    summary: 'Delete the documents that match a query',
    description:
      'What matches now is deleted in one commit, all of it or nothing; a document that others replace or delete in between is left alone. Needs the scopes index and search, since it tells how many match.',
  })
  @ApiBody(DELETION_BODY)
  @DeletionQueries
  @SubmissionQueries
  @ApiResponse({ status: 200, ...DELETION_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  @ApiResponse({ status: 409, ...PROBLEM_RESPONSE })
  async delete(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @Headers() headers: Record<string, string | string[] | undefined>,
    @Query() parameters: Record<string, string | undefined>,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    requireScope(caller, 'search', 'to find what to delete');
    const request = { headers, wait: parameters['wait'], query: parameters, body };
    const spec = parseDeleteByQuery(withParameters(parameters, withoutCallback(body ?? {}), PARAMETERS));
    const idempotencyKey = header(request, 'idempotency-key');
    return this.submitter.submit(
      {
        kind: 'delete-by-query',
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
