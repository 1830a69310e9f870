import { Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { invalid } from '#libs/kernel';
import { JOB_STATES, type JobState } from '#libs/job-store';
import { Platform } from '../../../platform/src/platform.ts';
import { listedJob, publicJob, type PublicJob } from '../http/public-job.ts';
import { header, nameJob } from '../http/submitter.ts';
import { DEFAULT_TENANT } from '../http/tenant.ts';
import { countParameter, waitMsOf } from '../http/wait.ts';
import { JOB_RESPONSE, JOBS_RESPONSE, PROBLEM_RESPONSE, WAIT_QUERY } from '../openapi/schemas.ts';

const PAGE = 50;
const MAX_PAGE = 1000;
/** A job's id, a ULID. */
const CURSOR = /^[0-9A-HJKMNP-TV-Z]{26}$/;

@ApiTags('jobs')
@Controller('v1/jobs')
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
  ): Promise<{ jobs: unknown[]; next?: string }> {
    if (state !== undefined && !(JOB_STATES as readonly string[]).includes(state)) {
      throw invalid('bad_parameter', `state=${state} is not one of ${JOB_STATES.join(', ')}`, { parameter: 'state' });
    }
    if (after !== undefined && !CURSOR.test(after)) {
      throw invalid('bad_parameter', `after=${after} is not the "next" of a page before`, { parameter: 'after' });
    }
    const count = countParameter('limit', limit, PAGE, MAX_PAGE);
    const filter = {
      tenant: DEFAULT_TENANT,
      ...(kind !== undefined && { kind }),
      ...(state !== undefined && { state: state as JobState }),
      ...(index !== undefined && { index }),
    };
    const page = await this.platform.jobService.list(filter, {
      limit: count + 1,
      ...(after !== undefined && { after }),
    });
    const jobs = page.slice(0, count);
    return { jobs: jobs.map(listedJob), ...(page.length > count && { next: jobs.at(-1)!.id }) };
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
  ): Promise<PublicJob> {
    const waitMs = waitMsOf(wait, header({ headers }, 'prefer'), 0);
    const { jobService } = this.platform;
    return publicJob(
      waitMs > 0 ? await jobService.wait(DEFAULT_TENANT, id, waitMs) : await jobService.get(DEFAULT_TENANT, id),
    );
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Cancel a job; one that has ended stays as it is' })
  @ApiResponse({ status: 200, ...JOB_RESPONSE })
  async cancel(@Param('id') id: string): Promise<PublicJob> {
    return publicJob(await this.platform.jobService.cancel(DEFAULT_TENANT, id));
  }

  @Post(':id/retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Run again only what failed or is missing, on the same version' })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  async retry(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<PublicJob> {
    nameJob(reply, id);
    return publicJob(await this.platform.jobService.retry(DEFAULT_TENANT, id));
  }
}
