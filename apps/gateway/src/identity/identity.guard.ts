import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { assert } from '#libs/kernel';
import { mayUseIndex } from '#libs/identity';
import { Platform } from '../../../platform/src/platform.ts';
import { indexNotFound } from './hidden-index.ts';
import { IdentityGate } from './identity-gate.ts';
import { JobAccess } from './job-access.ts';
import { ruleOf } from './route-rule.ts';

/**
 * Stands before every route: who is asking, has he the scope, and may he use the index or the job that the path names. The
 * order is what keeps existence from being told: scopes are asked for before anything is looked up, and an index that is not
 * the caller's is refused without a look, as one that does not exist.
 */
@Injectable()
export class IdentityGuard implements CanActivate {
  constructor(
    private readonly gate: IdentityGate,
    private readonly jobs: JobAccess,
    private readonly platform: Platform,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = ruleOf(context.getHandler(), context.getClass());
    assert(rule, 'every route says who may use it');
    if (rule.open === 'always' || (rule.open === 'metricsOpen' && this.platform.settings.metricsOpen)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.gate.admit(request, rule.needs ?? []);
    request.caller = caller;
    const { index, id } = request.params as { index?: string; id?: string };
    if (index !== undefined && !mayUseIndex(caller, index)) throw indexNotFound(index);
    if (id !== undefined && request.routeOptions.url?.startsWith('/v1/jobs/:id'))
      await this.jobs.check(caller, id, request.method !== 'GET' && request.method !== 'HEAD');
    return true;
  }
}
