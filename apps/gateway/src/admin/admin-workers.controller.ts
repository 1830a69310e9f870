import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { notFound } from '#libs/kernel';
import type { Member } from '#libs/job-store';
import { Platform } from '../../../platform/src/platform.ts';
import { Needs } from '../http/caller.ts';
import { WORKER_RESPONSE, WORKERS_RESPONSE } from '../openapi/admin-schemas.ts';
import { PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { isToDrain, setToDrain } from './operator-hints.ts';

export interface ShownMember extends Omit<Member, 'startedAt'> {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly ageMs: number;
  /** An operator has asked for it; `draining` says that the worker has heard. */
  readonly drainRequested: boolean;
}

@ApiTags('admin')
@Controller('v1/admin/workers')
export class AdminWorkersController {
  constructor(private readonly platform: Platform) {}

  @Get()
  @Needs('admin', 'operator')
  @ApiOperation({ summary: 'The workers that give signs of life, with load and cache; and the gateways' })
  @ApiResponse({ status: 200, ...WORKERS_RESPONSE })
  async list(): Promise<{ workers: ShownMember[]; gateways: ShownMember[] }> {
    const members = await this.platform.membership.members();
    const shown = await Promise.all(members.map((member) => this.shown(member)));
    return {
      workers: shown.filter(({ kind }) => kind === 'worker'),
      gateways: shown.filter(({ kind }) => kind === 'gateway'),
    };
  }

  @Post(':id/drain')
  @HttpCode(200)
  @Needs('operator')
  @ApiOperation({ summary: 'Let a worker take no new work and finish what it has; then it can be stopped' })
  @ApiResponse({ status: 200, ...WORKER_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  drain(@Param('id') id: string): Promise<ShownMember> {
    return this.set(id, true);
  }

  @Post(':id/undrain')
  @HttpCode(200)
  @Needs('operator')
  @ApiOperation({ summary: 'Let a drained worker work again' })
  @ApiResponse({ status: 200, ...WORKER_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  undrain(@Param('id') id: string): Promise<ShownMember> {
    return this.set(id, false);
  }

  private async set(id: string, draining: boolean): Promise<ShownMember> {
    const { membership, jobs } = this.platform;
    const member = (await membership.members()).find((known) => known.id === id && known.kind === 'worker');
    if (!member) {
      throw notFound('no_such_worker', `there is no worker "${id.slice(0, 64)}"; see /v1/admin/workers`);
    }
    await setToDrain(jobs, id, draining);
    return this.shown(member);
  }

  private async shown(member: Member): Promise<ShownMember> {
    const { jobs, clock } = this.platform;
    return {
      ...member,
      startedAt: new Date(member.startedAt).toISOString(),
      ageMs: Math.max(0, clock.now() - member.startedAt),
      drainRequested: await isToDrain(jobs, member.id),
    };
  }
}
