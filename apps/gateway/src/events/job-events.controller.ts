import { Controller, Get, Headers, Param, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isQuarryError } from '#libs/kernel';
import type { Caller } from '#libs/identity';
import { Platform } from '../../../platform/src/platform.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { EVENTS_RESPONSE, PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { parsePosition } from './event-position.ts';
import { EventStream } from './event-stream.ts';
import { JobFollower } from './job-follower.ts';
import { OpenStreams } from './open-streams.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class JobEventsController {
  constructor(
    private readonly platform: Platform,
    private readonly streams: OpenStreams,
  ) {}

  @Get(':id/events')
  @Needs('search', 'index')
  @ApiOperation({
    summary: 'A job as it goes, as server-sent events: progress, partial, done',
    description:
      'Each event tells the state of its moment, newest first served: a reader that is slow or was away skips what came in ' +
      'between. `progress`: the job without result; `partial`: the merge so far; `done`: the job at its end, after which the ' +
      'stream ends. It can be resumed on any gateway.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the id of the last event that was seen' })
  @ApiResponse({ status: 200, ...EVENTS_RESPONSE })
  @ApiResponse({ status: 204, description: 'The end was seen already: nothing will come' })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async events(
    @Param('id') id: string,
    @CallerOf() caller: Caller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stop = this.streams.signal();
    const seen = parsePosition(lastEventId);
    const follower = await JobFollower.open(this.platform, caller.tenant, id);
    if (follower.hasToldAll(seen) || request.method === 'HEAD') {
      follower.close();
      // A browser comes back after every end, but not after this answer.
      void reply.status(request.method === 'HEAD' ? 200 : 204).send();
      return;
    }
    reply.hijack();
    const stream = new EventStream(reply.raw, this.platform.clock, stop);
    try {
      await stream.open();
      for await (const events of follower.changes(seen, stream.signal)) await stream.send(events);
    } catch (error) {
      if (!isQuarryError(error) || error.kind !== 'cancelled')
        this.platform.logger.error({ err: error, job: id }, 'an event stream broke off');
    } finally {
      follower.close();
      stream.end();
    }
  }
}
