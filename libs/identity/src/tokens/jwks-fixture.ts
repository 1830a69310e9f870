import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

/** An issuer of tokens, with a JWKS over HTTP whose keys can be changed. */
export class TestIssuer {
  keys: JWK[] = [];
  requests = 0;
  /** What it answers instead of its keys. */
  trouble: { status: number; body: string } | undefined;
  private readonly server: Server;

  constructor() {
    this.server = createServer((_, response) => {
      this.requests++;
      const { status, body } = this.trouble ?? { status: 200, body: JSON.stringify({ keys: this.keys }) };
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks`;
  }

  /** A new key, published unless told otherwise. */
  async addKey(kid: string | undefined, alg: 'RS256' | 'ES256' = 'ES256', published = true): Promise<IssuerKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), alg, use: 'sig', ...(kid !== undefined && { kid }) };
    if (published) this.keys.push(jwk);
    return { kid, alg, privateKey, jwk };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }
}

export interface IssuerKey {
  readonly kid: string | undefined;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export const signedBy = ({ kid, alg, privateKey }: IssuerKey, claims: JWTPayload): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, ...(kid !== undefined && { kid }) }).sign(privateKey);

export const signedWith = (secret: string, claims: JWTPayload, alg = 'HS256'): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));

/** A token of a header and claims, with whatever stands for a signature. */
export const assembled = (header: object, claims: object, signature = ''): string =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${signature}`;
