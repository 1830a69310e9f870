import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { invalid } from '#libs/kernel';
import { mayUseIndex, type Caller } from '#libs/identity';
import { validateDefinition } from '#libs/index';
import { Platform } from '../../../platform/src/platform.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { Submitter, header, type SubmissionRequest } from '../http/submitter.ts';
import {
  DEFINITION_BODY,
  INDEX_RESPONSE,
  INDEXES_RESPONSE,
  JOB_RESPONSE,
  PROBLEM_RESPONSE,
} from '../openapi/schemas.ts';
import { SubmissionQueries } from '../openapi/submission-queries.ts';
import { withoutCallback } from '../webhooks/callback-of.ts';
import { COMPACT_BODY, COMPACT_RESPONSE } from './compact-schemas.ts';
import { WARM_BODY, WARM_RESPONSE } from './warm-schemas.ts';
import { describeIndex, listedIndex, type IndexDescription } from './index-description.ts';

@ApiTags('indexes')
@Controller('v1/indexes')
export class IndexesController {
  constructor(
    private readonly platform: Platform,
    private readonly submitter: Submitter,
  ) {}

  @Get()
  @Needs('search')
  @ApiOperation({ summary: 'List the indexes' })
  @ApiResponse({ status: 200, ...INDEXES_RESPONSE })
  async list(@CallerOf() caller: Caller): Promise<{ indexes: unknown[] }> {
    const found = await this.platform.catalog.list(caller.tenant);
    const seen = found.filter(({ index }) => mayUseIndex(caller, index));
    return { indexes: seen.map(({ index, manifest }) => listedIndex(index, manifest)) };
  }

  @Put(':index')
  @HttpCode(201)
  @Needs('index')
  @ApiOperation({ summary: 'Create an index', description: 'Without fields the schema is dynamic.' })
  @ApiBody(DEFINITION_BODY)
  @ApiResponse({ status: 201, ...INDEX_RESPONSE })
  @ApiResponse({ status: 409, ...PROBLEM_RESPONSE })
  async create(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @CallerOf() { tenant }: Caller,
  ): Promise<IndexDescription> {
    const manifest = await this.platform.catalog.create({ tenant, index }, validateDefinition(body ?? {}));
    return describeIndex(index, manifest);
  }

  @Get(':index')
  @Needs('search')
  @ApiOperation({ summary: 'Describe an index: schema, version, documents, segments, bytes' })
  @ApiResponse({ status: 200, ...INDEX_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async describe(@Param('index') index: string, @CallerOf() { tenant }: Caller): Promise<IndexDescription> {
    const manifest = await this.platform.catalog.snapshot({ tenant, index }, { consistency: 'strong' });
    return describeIndex(index, manifest);
  }

  @Post(':index/compact')
  @Needs('index')
  @ApiOperation({
    summary: 'Merge segments',
    description:
      'Workers do it by themselves when it is worth it. Searches see the same documents before, during and after; deleted documents no longer count in scores.',
  })
  @ApiBody(COMPACT_BODY)
  @SubmissionQueries
  @ApiResponse({ status: 200, ...COMPACT_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async compact(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @Headers() headers: Record<string, string | string[] | undefined>,
    @Query() query: Record<string, string | undefined>,
    @CallerOf() { tenant }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.submit('compact', { tenant, index }, { headers, wait: query['wait'], query, body }, reply);
  }

  @Post(':index/warm')
  @Needs('index')
  @ApiOperation({
    summary: 'Read an index into caches',
    description:
      'The workers that search it read its footers, dictionaries, norms and columns: the first searches after a start then wait for postings and documents alone.',
  })
  @ApiBody(WARM_BODY)
  @SubmissionQueries
  @ApiResponse({ status: 200, ...WARM_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async warm(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @Headers() headers: Record<string, string | string[] | undefined>,
    @Query() query: Record<string, string | undefined>,
    @CallerOf() { tenant }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.submit('warm', { tenant, index }, { headers, wait: query['wait'], query, body }, reply);
  }

  @Delete(':index')
  @Needs('index')
  @ApiOperation({ summary: 'Drop an index and its data' })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async drop(@Param('index') index: string, @CallerOf() { tenant }: Caller): Promise<{ index: string; dropped: true }> {
    if (index === '_all' || index.includes('*')) {
      throw invalid('bad_index_name', `"${index}" names no index; indexes are dropped one by one`);
    }
    await this.platform.catalog.drop({ tenant, index });
    return { index, dropped: true };
  }

  private submit(
    kind: string,
    name: { tenant: string; index: string },
    request: SubmissionRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const idempotencyKey = header(request, 'idempotency-key');
    const spec = withoutCallback(request.body) ?? {};
    const submission = { kind, ...name, spec, ...(idempotencyKey !== undefined && { idempotencyKey }) };
    return this.submitter.submit(submission, request, reply, 0);
  }
}
