import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Platform } from '../../../platform/src/platform.ts';
import { readiness, type Readiness } from '../../../platform/src/readiness.ts';
import { Needs, OpenToAll } from '../http/caller.ts';
import { VERSION } from '../../../platform/src/version.ts';

@ApiTags('operations')
@Controller()
export class OperationsController {
  constructor(private readonly platform: Platform) {}

  @Get('healthz')
  @OpenToAll()
  @ApiOperation({ summary: 'Liveness: the process answers' })
  health(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @OpenToAll()
  @ApiOperation({ summary: 'Readiness, dependency by dependency' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const state = await readiness(this.platform);
    void reply.status(state.status === 'ready' ? 200 : 503);
    return state;
  }

  @Get('metrics')
  @OpenToAll('metricsOpen')
  @Needs('operator')
  @ApiOperation({ summary: "Metrics in Prometheus's text format" })
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.platform.metrics.contentType);
    return this.platform.metrics.render();
  }

  @Get()
  @OpenToAll()
  @Header('Cache-Control', 'no-store')
  @ApiExcludeEndpoint()
  home(): Record<string, unknown> {
    return {
      name: 'quarry',
      version: VERSION,
      documentation: '/docs',
      indexes: '/v1/indexes',
      jobs: '/v1/jobs',
      admin: '/admin',
      try: 'curl "/v1/indexes/<index>/search?q=words"',
    };
  }
}
