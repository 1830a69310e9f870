import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { notFound } from '#libs/kernel';
import type { MailboxStatus } from '#libs/broker';
import { mailboxOf } from '#libs/jobs';
import { Platform } from '../../../platform/src/platform.ts';
import { Needs } from '../http/caller.ts';
import { QUEUE_RESPONSE, QUEUES_RESPONSE } from '../openapi/admin-schemas.ts';
import { PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { isPaused, setPaused } from './operator-hints.ts';
import { QUEUE_DASHBOARD_PATH } from './queue-dashboard.ts';

export interface Queue extends MailboxStatus {
  /** No worker takes anything from it; what it holds waits. */
  readonly paused: boolean;
}

@ApiTags('admin')
@Controller('v1/admin/queues')
export class AdminQueuesController {
  constructor(private readonly platform: Platform) {}

  @Get()
  @Needs('admin', 'operator')
  @ApiOperation({ summary: 'The mailboxes with their counts and the age of their oldest message' })
  @ApiResponse({ status: 200, ...QUEUES_RESPONSE })
  async list(): Promise<{ queues: Queue[]; bullBoard?: string }> {
    // The broker's own dashboard, where it has one.
    const bullBoard = this.platform.queueDashboard && { bullBoard: QUEUE_DASHBOARD_PATH };
    return { queues: await this.queues(), ...bullBoard };
  }

  @Post(':mailbox/pause')
  @HttpCode(200)
  @Needs('operator')
  @ApiOperation({ summary: 'Let all workers take nothing more from a mailbox; within a second or two' })
  @ApiResponse({ status: 200, ...QUEUE_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  pause(@Param('mailbox') mailbox: string): Promise<Queue> {
    return this.set(mailbox, true);
  }

  @Post(':mailbox/resume')
  @HttpCode(200)
  @Needs('operator')
  @ApiOperation({ summary: 'Let workers take messages again' })
  @ApiResponse({ status: 200, ...QUEUE_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  resume(@Param('mailbox') mailbox: string): Promise<Queue> {
    return this.set(mailbox, false);
  }

  private async set(mailbox: string, paused: boolean): Promise<Queue> {
    const queue = (await this.queues()).find((known) => known.mailbox === mailbox);
    if (!queue) {
      throw notFound('no_such_mailbox', `there is no mailbox "${mailbox.slice(0, 128)}"; see /v1/admin/queues`);
    }
    await setPaused(this.platform.jobs, mailbox, paused);
    return { ...queue, paused };
  }

  /** What the broker knows, and what the kinds of job will use. */
  private async queues(): Promise<Queue[]> {
    const { broker, jobs, jobParts } = this.platform;
    const known = new Map((await broker.mailboxes()).map((status) => [status.mailbox, status]));
    for (const name of jobParts.kinds.names()) {
      const mailbox = mailboxOf(jobParts.namespace, jobParts.kinds.get(name));
      if (!known.has(mailbox))
        known.set(mailbox, { mailbox, ready: 0, delayed: 0, inFlight: 0, dead: 0, oldestReadyMs: 0 });
    }
    const statuses = [...known.values()].toSorted((a, b) => (a.mailbox < b.mailbox ? -1 : 1));
    return Promise.all(statuses.map(async (status) => ({ ...status, paused: await isPaused(jobs, status.mailbox) })));
  }
}
