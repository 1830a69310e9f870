import { createSecretKey, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { assert, isQuarryError, unauthenticated, type Clock } from '#libs/kernel';
import type { Caller } from '../caller.ts';
import { badCredentials } from '../credentials.ts';
import type { AuthOn } from '../identity-settings.ts';
import { remoteKeys } from './remote-keys.ts';
import { badToken, callerOfClaims } from './token-claims.ts';

/** What clocks of two machines may differ by. */
const TOLERANCE_S = 5;
/** Longer ones are no tokens of anybody's. */
const MAX_TOKEN_CHARACTERS = 16 * 1024;
const SECRET_BYTES = 32;

/**
 * Verifies JSON Web Tokens. What they may be signed with is said by the settings and never by the token: HS256 with the
 * secret, or RS256 and ES256 with a key of the JWKS. So there is no `none`, and nobody can sign HS256 with a public key.
 */
export class TokenVerifier {
  private readonly key: KeyObject | JWTVerifyGetKey;
  private readonly options: JWTVerifyOptions;
  private readonly tenantClaim: string;
  private readonly clock: Clock;

  constructor(settings: AuthOn, clock: Clock) {
    const { hs256Secret, jwksUrl, issuer, audience, algorithms, tenantClaim } = settings;
    const allowed = hs256Secret === undefined ? ['RS256', 'ES256'] : ['HS256'];
    assert(
      algorithms.length > 0 && algorithms.every((algorithm) => allowed.includes(algorithm)),
      `tokens are signed ${allowed.join(' or ')} here, not ${algorithms.join(', ')}`,
    );
    this.key = hs256Secret === undefined ? remoteKeys(new URL(jwksUrl!), clock) : secretKey(hs256Secret);
    this.options = {
      algorithms: [...algorithms],
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE_S,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    this.tenantClaim = tenantClaim;
    this.clock = clock;
  }

  /**
   * Throws `unauthenticated` (`bad_token`, `bad_credentials`, `expired_credentials`), and `unavailable` (`jwks_unavailable`) when the
   * keys cannot be had: then nothing is known of the token.
   */
  async verify(token: string): Promise<Caller> {
    if (token.length > MAX_TOKEN_CHARACTERS) throw badCredentials();
    const options = { ...this.options, currentDate: new Date(this.clock.now()) };
    try {
      return callerOfClaims(await this.claimsOf(token, options), this.tenantClaim);
    } catch (error) {
      throw isQuarryError(error) ? error : refusal(error);
    }
  }

  private async claimsOf(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    if (typeof this.key !== 'function') return (await jwtVerify(token, this.key, options)).payload;
    try {
      return (await jwtVerify(token, this.key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // Neither token nor keys say which: an issuer without key ids that is changing its key.
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload;
        } catch (failure) {
          if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }
}

function secretKey(secret: string): KeyObject {
  const bytes = Buffer.from(secret);
  assert(bytes.length >= SECRET_BYTES, `the secret of HS256 has ${SECRET_BYTES} bytes or more (RFC 7518, 3.2)`);
  return createSecretKey(bytes);
}

/** Claims are spoken of only when the signature was right: jose checks it first. */
function refusal(error: unknown): Error {
  if (error instanceof errors.JWTExpired) {
    return unauthenticated('expired_credentials', 'the token has expired; get a new one');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    return badToken(`its claim "${claim}" is ${reason === 'missing' ? 'missing' : 'not what this server expects'}`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return badToken('it is signed with an algorithm that is not accepted');
  if (error instanceof errors.JOSEError) return badCredentials();
  throw error;
}
