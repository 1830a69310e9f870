import { applyDecorators, Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseSearchRequest } from '#libs/query';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { Submitter, header } from '../http/submitter.ts';
import { DEFAULT_TENANT } from '../http/tenant.ts';
import {
  JOB_RESPONSE,
  PROBLEM_RESPONSE,
  SEARCH_BODY,
  SEARCH_QUERIES,
  SEARCH_RESPONSE,
  WAIT_QUERY,
} from '../openapi/schemas.ts';
import { requestFromParameters } from './request-from-parameters.ts';

/** How long a search waits for its result when the client does not say. */
const SEARCH_WAIT_MS = 1_000;
/** Before imports and everything else that can wait. */
const SEARCH_PRIORITY = 5;

type RequestHeaders = Record<string, string | string[] | undefined>;

const SearchQueries = applyDecorators(...SEARCH_QUERIES.map((query) => ApiQuery(query)));

@ApiTags('search')
@Controller('v1/indexes/:index/search')
export class SearchController {
  constructor(private readonly submitter: Submitter) {}

  @Post()
  @ApiOperation({
    summary: 'Search',
    description: "Elasticsearch's query DSL; `q` takes Lucene's query-string syntax.",
  })
  @ApiBody(SEARCH_BODY)
  @ApiQuery(WAIT_QUERY)
  @ApiResponse({ status: 200, ...SEARCH_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  search(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @Headers() headers: RequestHeaders,
    @Query() parameters: Record<string, string | undefined>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.submit(index, requestFromParameters(parameters, body ?? {}), headers, parameters['wait'], reply);
  }

  @Get()
  @ApiOperation({ summary: 'Search by URL: ?q=…&size=…&from=…&sort=…' })
  @SearchQueries
  @ApiQuery(WAIT_QUERY)
  @ApiResponse({ status: 200, ...SEARCH_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  searchByUrl(
    @Param('index') index: string,
    @Headers() headers: RequestHeaders,
    @Query() parameters: Record<string, string | undefined>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.submit(index, requestFromParameters(parameters, {}), headers, parameters['wait'], reply);
  }

  private submit(
    index: string,
    body: unknown,
    headers: RequestHeaders,
    wait: string | undefined,
    reply: FastifyReply,
  ): Promise<unknown> {
    const request = { headers, wait };
    const idempotencyKey = header(request, 'idempotency-key');
    return this.submitter.submit(
      {
        kind: 'search',
        tenant: DEFAULT_TENANT,
        index,
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
