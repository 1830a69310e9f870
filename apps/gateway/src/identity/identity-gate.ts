import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { forbidden } from '#libs/kernel';
import type { Caller, Identity, Scope } from '#libs/identity';
import { Platform } from '../../../platform/src/platform.ts';
import { sendProblem } from '../http/problem-filter.ts';
import { refuseCrossSite } from './cross-site.ts';

/** The provider's token: who is asking, and the keys. */
export const IDENTITY = Symbol('identity');

export interface GatedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** Lets a request in, or throws `unauthenticated`, `forbidden`, or `unavailable` when it cannot be told. */
@Injectable()
export class IdentityGate {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    private readonly platform: Platform,
  ) {}

  /** @param anyOf one of them is enough */
  async admit(request: GatedRequest, anyOf: readonly Scope[]): Promise<Caller> {
    refuseCrossSite(request, this.platform.settings.publicUrl);
    const caller = await this.identity.authenticator.authenticate(request.headers.authorization);
    if (anyOf.some((scope) => caller.scopes.has(scope))) return caller;
    const has = [...caller.scopes].join(', ') || 'none';
    throw forbidden('scope_missing', `this needs the scope ${anyOf.join(' or ')}; yours: ${has}`, { needed: anyOf });
  }

  /**
   * Guards what is served below `prefix` by routes that are not Nest's (a dashboard of somebody else's), before their bodies are read. Goes by
   * the route that was matched, not by how its address was spelled.
   */
  guardPrefix(fastify: FastifyInstance, prefix: string, ...anyOf: [Scope, ...Scope[]]): void {
    fastify.addHook('onRequest', async (request, reply) => {
      const route = request.routeOptions.url;
      if (route === undefined || !(route === prefix || route.startsWith(`${prefix}/`))) return;
      try {
        request.caller = await this.admit(request, anyOf);
      } catch (error) {
        sendProblem(reply, request, error, this.platform.logger);
        await reply;
      }
    });
  }
}
