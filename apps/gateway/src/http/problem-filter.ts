import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { QuarryError, isQuarryError, notFound } from '#libs/kernel';
import type { Logger } from '#libs/telemetry';
import { withoutSuggestion } from '../identity/hidden-index.ts';
import { PROBLEM_CONTENT_TYPE, problemOf, retryAfterSeconds } from './problem.ts';

/** Programs send bearer tokens; Basic is what browsers can ask their users for. */
const CHALLENGES = ['Bearer realm="quarry"', 'Basic realm="quarry", charset="UTF-8"'];

/** Every error leaves the gateway as one problem+json body; what is our own fault is logged with its stack. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    sendProblem(reply, request, thrown, this.logger);
  }
}

export function sendProblem(reply: FastifyReply, request: FastifyRequest, thrown: unknown, logger: Logger): void {
  const error = withoutSuggestion(translated(thrown, request), request.caller);
  const problem = problemOf(error);
  if (problem.status === 401) void reply.header('WWW-Authenticate', CHALLENGES);
  if (problem.status >= 500) logger.error({ err: error, method: request.method, url: request.url }, 'a request failed');
  const retryAfter = retryAfterSeconds(problem);
  if (retryAfter !== undefined) void reply.header('Retry-After', String(retryAfter));
  // The rest of a body that was refused is not read: the connection cannot be used again.
  if (!request.raw.complete) void reply.header('Connection', 'close');
  void reply.status(problem.status).type(PROBLEM_CONTENT_TYPE).send(JSON.stringify(problem));
}

const CODE_BY_STATUS: Record<number, string | undefined> = { 413: 'body_too_large', 415: 'unsupported_media_type' };

const refused = (status: number, message: string): QuarryError =>
  new QuarryError('invalid', message.toLowerCase(), { code: CODE_BY_STATUS[status] ?? 'bad_request' });

/** Nest's and Fastify's own errors, in our words. */
function translated(thrown: unknown, request: FastifyRequest): unknown {
  if (isQuarryError(thrown)) return thrown;
  const path = request.url.split('?')[0];
  if (thrown instanceof HttpException) {
    if (thrown.getStatus() === 404)
      return notFound('no_such_route', `there is no ${request.method} ${path}; see /docs`);
    if (thrown.getStatus() < 500) return refused(thrown.getStatus(), thrown.message);
  }
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return refused(status, (thrown as Error).message);
  }
  return thrown;
}
