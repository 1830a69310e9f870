import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '#config';
import { unavailable } from '#libs/kernel';
import { openPlatform } from '../../platform/src/open-platform.ts';
import { NestLogger } from '../../platform/src/nest-logger.ts';
import type { Platform } from '../../platform/src/platform.ts';
import { VERSION } from '../../platform/src/version.ts';
import { QUEUE_DASHBOARD_PATH, serveQueueDashboard } from './admin/queue-dashboard.ts';
import { GatewayModule } from './gateway.module.ts';
import { IdentityGate } from './identity/identity-gate.ts';
import { ProblemFilter, sendProblem } from './http/problem-filter.ts';

export interface Gateway {
  /** Where it listens, e.g. http://127.0.0.1:7600. */
  readonly url: string;
  /** Stops listening, then waits for requests under way, within the grace period. */
  close(): Promise<void>;
}

/** A gateway process: opens its own platform. */
export async function startGateway(settings: Settings): Promise<Gateway> {
  const platform = await openPlatform(settings, { name: 'gateway' });
  try {
    const gateway = await serveGateway(platform);
    return {
      url: gateway.url,
      close: async () => {
        await gateway.close();
        await platform.close();
      },
    };
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Serves HTTP over an opened platform. Rejects with `unavailable` (`port_in_use`) when the port is taken. */
export async function serveGateway(platform: Platform): Promise<Gateway> {
  const { settings, logger } = platform;
  const adapter = new FastifyAdapter({
    bodyLimit: settings.bodyLimitBytes,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: true },
    // What fails before a route is found, such as a malformed URL; all else reaches the filter.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, request, error, logger),
  });
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.of(platform), adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
  });
  prepare(adapter.getInstance(), platform);
  app.get(IdentityGate).guardPrefix(adapter.getInstance(), QUEUE_DASHBOARD_PATH, 'operator');
  await serveQueueDashboard(adapter.getInstance(), platform);
  app.useGlobalFilters(new ProblemFilter(logger));
  serveDocumentation(app);
  try {
    await app.listen(settings.port, settings.host);
  } catch (error) {
    await app.close();
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
    throw unavailable(
      'port_in_use',
      `port ${settings.port} on ${settings.host} is taken; stop what listens there or choose another with QUARRY_PORT`,
    );
  }
  const address = app.getHttpServer().address() as { port: number };
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  const close = async (): Promise<void> => {
    // An upload that stalls, or a long poll, would hold the end for as long as its client likes.
    const cancel = platform.clock.after(settings.shutdownGraceMs, () => app.getHttpServer().closeAllConnections());
    try {
      await app.close();
    } finally {
      cancel();
    }
  };
  return { url: `http://${host}:${address.port}`, close };
}

function prepare(fastify: FastifyInstance, platform: Platform): void {
  // Every body reaches its route as a stream: documents are staged as they arrive, JSON is parsed by the routes that want it.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'unknown';
    // A stream lasts as long as its job.
    if (route.endsWith('/events')) return done();
    platform.metrics.httpSeconds.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    done();
  });
}

function serveDocumentation(app: NestFastifyApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Quarry')
    .setDescription(
      'Full-text search over a bucket. Every submission is a job; errors are problem+json with a stable code.',
    )
    .setVersion(VERSION)
    .addBearerAuth()
    .addSecurityRequirements('bearer')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
  });
}
