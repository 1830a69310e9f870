import { applyDecorators, Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '#libs/identity';
import type { IndexName } from '#libs/index';
import { parseSearchRequest } from '#libs/query';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { Submitter, header, type SubmissionRequest } from '../http/submitter.ts';
import { SubmissionQueries } from '../openapi/submission-queries.ts';
import { withoutCallback } from '../webhooks/callback-of.ts';
import { JOB_RESPONSE, PROBLEM_RESPONSE, SEARCH_BODY, SEARCH_QUERIES, SEARCH_RESPONSE } from '../openapi/schemas.ts';
import { requestFromParameters } from './request-from-parameters.ts';

/** How long a search waits for its result when the client does not say. */
const SEARCH_WAIT_MS = 1_000;
/** Before imports and everything else that can wait. */
const SEARCH_PRIORITY = 5;

type RequestHeaders = Record<string, string | string[] | undefined>;

const SearchQueries = applyDecorators(...SEARCH_QUERIES.map((query) => ApiQuery(query)));

@ApiTags('search')
@Controller('v1/indexes/:index/search')
@Needs('search')
export class SearchController {
  constructor(private readonly submitter: Submitter) {}

  @Post()
  @ApiOperation({
    summary: 'Search',
    description: "Elasticsearch's query DSL; `q` takes Lucene's query-string syntax.",
  })
  @ApiBody(SEARCH_BODY)
  @SubmissionQueries
  @ApiResponse({ status: 200, ...SEARCH_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  search(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @Headers() headers: RequestHeaders,
    @Query() parameters: Record<string, string | undefined>,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.submit(
      { tenant: caller.tenant, index },
      requestFromParameters(parameters, withoutCallback(body ?? {})),
      { headers, wait: parameters['wait'], query: parameters, body },
      reply,
    );
  }

  @Get()
  @ApiOperation({ summary: 'Search by URL: ?q=…&size=…&from=…&sort=…' })
  @SearchQueries
  @SubmissionQueries
  @ApiResponse({ status: 200, ...SEARCH_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  searchByUrl(
    @Param('index') index: string,
    @Headers() headers: RequestHeaders,
    @Query() parameters: Record<string, string | undefined>,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.submit(
      { tenant: caller.tenant, index },
      requestFromParameters(parameters, {}),
      { headers, wait: parameters['wait'], query: parameters },
      reply,
    );
  }

  private submit(name: IndexName, body: unknown, request: SubmissionRequest, reply: FastifyReply): Promise<unknown> {
    const idempotencyKey = header(request, 'idempotency-key');
    return this.submitter.submit(
      {
        kind: 'search',
        ...name,
        spec: { request: parseSearchRequest(body) },
        priority: SEARCH_PRIORITY,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
      request,
      reply,
      SEARCH_WAIT_MS,
    );
  }
}
