import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { notFound } from '#libs/kernel';
import type { JobRecord, JobState } from '#libs/job-store';
import { Platform } from '../../../platform/src/platform.ts';
import { jobCursorParameter, jobStateParameter } from '../http/job-list-parameters.ts';
import { Needs } from '../http/caller.ts';
import { listedJob, publicJob, type PublicJob } from '../http/public-job.ts';
import { countParameter } from '../http/wait.ts';
import { ADMIN_JOBS_RESPONSE } from '../openapi/admin-schemas.ts';
import { JOB_RESPONSE, PROBLEM_RESPONSE } from '../openapi/schemas.ts';

const PAGE = 50;
const MAX_PAGE = 1000;

type ListedJob = ReturnType<typeof listedJob> & { readonly tenant: string };

/** Jobs whoever they belong to. */
@ApiTags('admin')
@Controller('v1/admin/jobs')
export class AdminJobsController {
  constructor(private readonly platform: Platform) {}

  @Get()
  @Needs('operator')
  @ApiOperation({ summary: 'Jobs of all tenants, newest first' })
  @ApiQuery({
    name: 'state',
    required: false,
    description: 'one or several, with commas: queued,running',
    schema: { type: 'string' },
  })
  @ApiQuery({ name: 'kind', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'tenant', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE } })
  @ApiQuery({
    name: 'after',
    required: false,
    description: 'the `next` of the page before',
    schema: { type: 'string' },
  })
  @ApiResponse({ status: 200, ...ADMIN_JOBS_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  async list(
    @Query('state') state: string | undefined,
    @Query('kind') kind: string | undefined,
    @Query('tenant') tenant: string | undefined,
    @Query('limit') limit: string | undefined,
    @Query('after') after: string | undefined,
  ): Promise<{ jobs: ListedJob[]; next?: string }> {
    const cursor = jobCursorParameter(after);
    const count = countParameter('limit', limit, PAGE, MAX_PAGE);
    const page = { limit: count + 1, ...cursor };
    const filter = { ...(kind !== undefined && { kind }), ...(tenant !== undefined && { tenant }) };
    const filters = state === undefined ? [filter] : statesOf(state).map((one) => ({ ...filter, state: one }));
    const pages = await Promise.all(filters.map((one) => this.platform.jobService.list(one, page)));
    // A job that changes its state meanwhile may be in two of the lists.
    const found = [...new Map(pages.flat().map((job) => [job.id, job])).values()];
    const newest = found.toSorted((a, b) => (a.id > b.id ? -1 : 1));
    const jobs = newest.slice(0, count);
    return { jobs: jobs.map(withTenant), ...(newest.length > count && { next: jobs.at(-1)!.id }) };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('operator')
  @ApiOperation({ summary: 'Cancel a job of any tenant; one that has ended stays as it is' })
  @ApiResponse({ status: 200, ...JOB_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async cancel(@Param('id') id: string): Promise<PublicJob> {
    const { jobs, jobService } = this.platform;
    const job = await jobs.get(id);
    if (!job) throw notFound('job_not_found', `there is no job "${id.slice(0, 64)}"`);
    return publicJob(await jobService.cancel(job.tenant, id));
  }
}

const withTenant = (job: JobRecord): ListedJob => ({ ...listedJob(job), tenant: job.tenant });

const statesOf = (text: string): JobState[] => [...new Set(text.split(','))].map(jobStateParameter);
