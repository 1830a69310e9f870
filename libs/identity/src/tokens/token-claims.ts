import { unauthenticated, type QuarryError } from '#libs/kernel';
import { isScope, isTenantName, type Caller, type Scope } from '../caller.ts';
import { isIndexPattern, MAX_PATTERNS } from '../index-patterns.ts';

/** The claims in which issuers say what a token may do: RFC 8693, and what Okta, Entra and others write. */
const SCOPE_CLAIMS = ['scope', 'scopes', 'scp'];

/**
 * Whom a verified token speaks for. Scopes that are not Quarry's are passed over: tokens carry others' too. A claim that
 * limits is never passed over: `indexes` that cannot be read refuse the token. Throws `unauthenticated` (`bad_token`).
 */
export function callerOfClaims(claims: Readonly<Record<string, unknown>>, tenantClaim: string): Caller {
  const tenant = claims[tenantClaim];
  if (!isTenantName(tenant)) {
    throw badToken(`its claim "${tenantClaim}" names no tenant: 1 to 255 of a-z, 0-9, ".", "_" and "-"`);
  }
  const { sub, indexes } = claims;
  return {
    tenant,
    subject: typeof sub === 'string' && sub !== '' ? sub.slice(0, 200) : 'token',
    scopes: new Set(SCOPE_CLAIMS.flatMap((name) => scopesOf(claims[name]))),
    ...(indexes !== undefined && { indexes: patternsOf(indexes) }),
  };
}

function scopesOf(claim: unknown): Scope[] {
  const words: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return words.filter(isScope);
}

function patternsOf(claim: unknown): readonly string[] {
  const patterns: unknown = typeof claim === 'string' ? [claim] : claim;
  if (!Array.isArray(patterns) || patterns.length > MAX_PATTERNS || !patterns.every(isIndexPattern)) {
    throw badToken(
      `its claim "indexes" is not a list of at most ${MAX_PATTERNS} index names, with * for any characters`,
    );
  }
  return patterns;
}

export const badToken = (why: string): QuarryError => unauthenticated('bad_token', `the token is refused: ${why}`);
