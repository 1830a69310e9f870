import { Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '#libs/identity';
import { JOB_STATES } from '#libs/job-store';
import { Platform } from '../../../platform/src/platform.ts';
import { jobCursorParameter, jobStateParameter } from '../http/job-list-parameters.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { listedJob, publicJob, type PublicJob } from '../http/public-job.ts';
import { header, nameJob } from '../http/submitter.ts';
import { countParameter, waitMsOf } from '../http/wait.ts';
import { JOB_RESPONSE, JOBS_RESPONSE, PROBLEM_RESPONSE, WAIT_QUERY } from '../openapi/schemas.ts';
import { visibleJobs } from './visible-jobs.ts';

const PAGE = 50;
const MAX_PAGE = 1000;

@ApiTags('jobs')
@Controller('v1/jobs')
@Needs('search', 'index')
export class JobsController {
  constructor(private readonly platform: Platform) {}

  @Get()
  @ApiOperation({ summary: 'List jobs, newest first' })
  @ApiQuery({ name: 'kind', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'state', required: false, enum: [...JOB_STATES] })
  @ApiQuery({ name: 'index', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE } })
  @ApiQuery({
    name: 'after',
    required: false,
    description: 'the `next` of the page before',
    schema: { type: 'string' },
  })
  @ApiResponse({ status: 200, ...JOBS_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  async list(
    @Query('kind') kind: string | undefined,
    @Query('state') state: string | undefined,
    @Query('index') index: string | undefined,
    @Query('limit') limit: string | undefined,
    @Query('after') after: string | undefined,
    @CallerOf() caller: Caller,
  ): Promise<{ jobs: unknown[]; next?: string }> {
    const cursor = jobCursorParameter(after);
    const count = countParameter('limit', limit, PAGE, MAX_PAGE);
    const filter = {
      tenant: caller.tenant,
      ...(kind !== undefined && { kind }),
      ...(state !== undefined && { state: jobStateParameter(state) }),
      ...(index !== undefined && { index }),
    };
    const { jobs, next } = await visibleJobs(this.platform.jobService, caller, filter, {
      after: cursor.after,
      limit: count,
    });
    return { jobs: jobs.map(listedJob), ...(next !== undefined && { next }) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'A job, with its result or the merge so far; ?wait= long-polls' })
  @ApiQuery(WAIT_QUERY)
  @ApiResponse({ status: 200, ...JOB_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async get(
    @Param('id') id: string,
    @Query('wait') wait: string | undefined,
    @Headers() headers: Record<string, string | string[] | undefined>,
    @CallerOf() { tenant }: Caller,
  ): Promise<PublicJob> {
    const waitMs = waitMsOf(wait, header({ headers }, 'prefer'), 0);
    const { jobService } = this.platform;
    return publicJob(waitMs > 0 ? await jobService.wait(tenant, id, waitMs) : await jobService.get(tenant, id));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Cancel a job; one that has ended stays as it is' })
  @ApiResponse({ status: 200, ...JOB_RESPONSE })
  async cancel(@Param('id') id: string, @CallerOf() { tenant }: Caller): Promise<PublicJob> {
    return publicJob(await this.platform.jobService.cancel(tenant, id));
  }

  @Post(':id/retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Run again only what failed or is missing, on the same version' })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  async retry(
    @Param('id') id: string,
    @CallerOf() { tenant }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublicJob> {
    nameJob(reply, id);
    return publicJob(await this.platform.jobService.retry(tenant, id));
  }
}
