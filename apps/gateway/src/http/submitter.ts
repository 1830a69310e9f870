import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { fromErrorRecord } from '#libs/kernel';
import type { JobView, Submission } from '#libs/jobs';
import type { Callback } from '#libs/webhooks';
import { Platform } from '../../../platform/src/platform.ts';
import { callbackOf } from '../webhooks/callback-of.ts';
import { hasEnded, publicJob } from './public-job.ts';
import { waitMsOf } from './wait.ts';

/** The parts of a request that every submission has in common. */
export interface SubmissionRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly wait?: string | undefined;
  /** Of the URL: may say whom to call back. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** A body of Quarry's own, as it came: may say so too. */
  readonly body?: unknown;
}

/**
 * Submits a job and answers as every submission does (DESIGN §6): ended within the wait → 200 and the result itself, or
 * the problem it ended with; else 202 and the job. Both name the job in `Location` and `Quarry-Job`.
 */
@Injectable()
export class Submitter {
  constructor(private readonly platform: Platform) {}

  async submit(
    submission: Submission,
    request: SubmissionRequest,
    reply: FastifyReply,
    defaultWaitMs: number,
  ): Promise<unknown> {
    const waitMs = waitMsOf(request.wait, header(request, 'prefer'), defaultWaitMs);
    const callback = this.callbackOf(request);
    const asked = { ...submission, ...(callback && { callback }) };
    const { jobService } = this.platform;
    if (waitMs === 0) {
      const { job } = await jobService.submit(asked);
      return this.answer(submission.tenant, job.id, 0, reply);
    }
    const view = await jobService.submitAndWait(asked, waitMs);
    nameJob(reply, view.job.id);
    return settle(view, reply);
  }

  /** Throws `invalid`; to be called before a body is staged. */
  callbackOf({ query = {}, body }: Pick<SubmissionRequest, 'query' | 'body'>): Callback | undefined {
    return callbackOf(query, body, this.platform.webhooks.policy);
  }

  async answer(tenant: string, id: string, waitMs: number, reply: FastifyReply): Promise<unknown> {
    nameJob(reply, id);
    const { jobService } = this.platform;
    const view = waitMs > 0 ? await jobService.wait(tenant, id, waitMs) : await jobService.get(tenant, id);
    return settle(view, reply);
  }
}

function settle(view: JobView, reply: FastifyReply): unknown {
  const { job } = view;
  if (!hasEnded(job)) {
    void reply.status(202);
    return publicJob(view);
  }
  if (job.error) throw fromErrorRecord(job.error);
  if (job.state !== 'succeeded') return publicJob(view);
  void reply.status(200);
  return job.result ?? null;
}

export function nameJob(reply: FastifyReply, id: string): void {
  void reply.header('Location', `/v1/jobs/${id}`).header('Quarry-Job', id);
}

/** A header's first value. */
export function header(request: Pick<SubmissionRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
