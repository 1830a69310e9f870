import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { unauthenticated } from '#libs/kernel';
import type { Caller, Identity } from '#libs/identity';
import type { Platform } from '../../../platform/src/platform.ts';
import { IdentityGate } from './identity-gate.ts';

const caller = (...scopes: ('search' | 'operator')[]): Caller => ({
  tenant: 't',
  subject: 's',
  scopes: new Set(scopes),
});

/** The header's value is the scope that its sender has. */
const identity = {
  authenticator: {
    authenticate: async (header?: string) => {
      if (header === undefined) throw unauthenticated('missing_credentials', 'no');
      return header.includes('operator') ? caller('operator') : caller('search');
    },
  },
} as Identity;
const platform = { settings: {}, logger: { error: () => {} } } as unknown as Platform;

describe('routes below a guarded prefix', () => {
  let fastify: FastifyInstance;
  beforeEach(async () => {
    fastify = new FastifyAdapter().getInstance();
    new IdentityGate(identity, platform).guardPrefix(fastify, '/admin/queues', 'operator');
    for (const path of ['/admin/queues', '/admin/queues/*', '/admin/queuesque', '/other'])
      fastify.all(path, async () => 'inside');
    await fastify.register(async (plugin) => void plugin.get('/late', async () => 'inside'), {
      prefix: '/admin/queues',
    });
    await fastify.ready();
  });
  afterEach(() => fastify.close());

  const status = async (url: string, headers: Record<string, string> = {}, method: 'GET' | 'POST' = 'GET') =>
    (await fastify.inject({ url, method, headers })).statusCode;

  it('are for those with the scope', async () => {
    for (const url of [
      '/admin/queues',
      '/admin/queues/a/b',
      '/admin/queues/late',
      '/admin/%71ueues/a',
      '/admin/queues/../queues/x',
    ])
      expect([
        url,
        await status(url),
        await status(url, { authorization: 'Bearer search' }),
        await status(url, { authorization: 'Bearer operator' }),
      ]).toEqual([url, 401, 403, 200]);
  });

  it('are not for what another site sends', async () => {
    const headers = { authorization: 'Basic operator', 'sec-fetch-site': 'cross-site' };
    expect(await status('/admin/queues/a', headers, 'POST')).toBe(403);
    expect(await status('/admin/queues/a', { ...headers, 'sec-fetch-site': 'same-origin' }, 'POST')).toBe(200);
  });

  it('leave the others alone', async () => {
    expect(await status('/other')).toBe(200);
    expect(await status('/admin/queuesque')).toBe(200);
  });
});
