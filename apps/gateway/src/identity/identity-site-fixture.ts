import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { loadSettings } from '#config';
import { SCOPES, type Scope } from '#libs/identity';
import { startStandalone, type Standalone } from '../../../standalone/src/standalone.ts';

const SECRET = 'correct horse battery staple and more of it';

export interface Rights {
  readonly scopes?: readonly Scope[];
  readonly indexes?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // What tests look into; a shape for each would say nothing that the assertions do not.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** All rights of a tenant, none of the installation. */
export const TENANT_SCOPES = SCOPES.filter((scope) => scope !== 'operator');

/** A server with a worker that asks who is there; tokens are signed with its secret. */
export class IdentitySite {
  private constructor(
    private readonly standalone: Standalone,
    private readonly folder: string,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<IdentitySite> {
    const folder = await mkdtemp(join(tmpdir(), 'quarry-identity-'));
    const settings = loadSettings({
      QUARRY_DATA: folder,
      QUARRY_PORT: '0',
      QUARRY_LOG_LEVEL: 'silent',
      QUARRY_AUTH: `hs256:${SECRET}`,
      ...environment,
    });
    return new IdentitySite(await startStandalone(settings), folder);
  }

  get url(): string {
    return this.standalone.url;
  }

  get platform(): Standalone['platform'] {
    return this.standalone.platform;
  }

  async token(tenant: string, { scopes = TENANT_SCOPES, indexes }: Rights = {}): Promise<string> {
    const claims = { sub: `somebody at ${tenant}`, tenant, scope: scopes.join(' '), ...(indexes && { indexes }) };
    const exp = Math.floor(Date.now() / 1000) + 600;
    return new SignJWT({ ...claims, exp }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
  }

  /** Calls as somebody with these rights. */
  async as(tenant: string, rights: Rights = {}): Promise<Call> {
    return this.with(`Bearer ${await this.token(tenant, rights)}`);
  }

  /** Calls with this Authorization header. A string goes as it is, anything else as JSON. */
  with(authorization?: string): Call {
    return async (method, path, body, headers = {}) => {
      const response = await fetch(this.url + path, {
        method,
        headers: { ...(authorization !== undefined && { authorization }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        redirect: 'manual',
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : text };
    };
  }

  async close(): Promise<void> {
    await this.standalone.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
