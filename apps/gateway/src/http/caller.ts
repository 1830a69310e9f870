import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { assert } from '#libs/kernel';
import type { Caller, Scope } from '#libs/identity';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the identity guard before any route runs that is not open to all. */
    caller?: Caller;
  }
}

export const SCOPE_METADATA = 'quarry:scope';
export const OPEN_METADATA = 'quarry:open';

/** When a route is open to all: always, or when this setting says so. */
export type Openness = 'always' | 'metricsOpen';

/** The scope that a route asks for, or several of which one is enough. Every route says it, or that it is `OpenToAll`. */
export const Needs = (...anyOf: [Scope, ...Scope[]]) => SetMetadata(SCOPE_METADATA, anyOf);
/** A route that answers without credentials: always, or if the setting is on, and then `Needs` says what else. */
export const OpenToAll = (when: Openness = 'always') => SetMetadata(OPEN_METADATA, when);

export function callerOf(request: FastifyRequest): Caller {
  assert(request.caller, `the identity guard has let ${request.method} ${request.url.split('?')[0]} in`);
  return request.caller;
}

/** Parameter decorator: on whose behalf the request is made. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
