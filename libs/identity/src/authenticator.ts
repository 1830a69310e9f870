import type { Clock } from '#libs/kernel';
import { OPEN_CALLER, type Caller } from './caller.ts';
import { badCredentials, credentialsOf } from './credentials.ts';
import type { IdentitySettings } from './identity-settings.ts';
import { looksLikeKey } from './keys/api-key.ts';
import type { ApiKeys } from './keys/api-keys.ts';
import { TokenVerifier } from './tokens/token-verifier.ts';

/**
 * Tells who is asking. Throws `unauthenticated` when it is nobody we know, `unavailable` when that cannot be found out
 * now (the store of the keys, the issuer's JWKS).
 */
export interface Authenticator {
  /** @param authorization the header's value */
  authenticate(authorization: string | undefined): Promise<Caller>;
}

export function createAuthenticator(settings: IdentitySettings, keys: ApiKeys, clock: Clock): Authenticator {
  if (settings.mode === 'off') return { authenticate: async () => OPEN_CALLER };
  const hasTokens = settings.hs256Secret !== undefined || settings.jwksUrl !== undefined;
  const tokens = hasTokens ? new TokenVerifier(settings, clock) : undefined;
  return {
    authenticate: async (authorization) => {
      const { token } = credentialsOf(authorization);
      if (looksLikeKey(token)) return keys.verify(token);
      if (!tokens) throw badCredentials();
      return tokens.verify(token);
    },
  };
}
