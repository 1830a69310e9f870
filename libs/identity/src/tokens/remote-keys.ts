import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { QuarryError, type Clock } from '#libs/kernel';

const TIMEOUT_MS = 5_000;
/** An unknown key id asks for the keys anew, but not more often: token ids are the sender's to invent. */
const COOLDOWN_MS = 30_000;
/** A key that its issuer took back is good for so long at most. */
const MAX_AGE_MS = 600_000;
/** After an answer that failed nobody is asked for so long: requests fail at once instead of waiting in line. */
const FAILURE_COOLDOWN_MS = 1_000;

/**
 * The public keys of an issuer, fetched when first needed, again when a token names one that is not among them. That they
 * cannot be fetched says nothing of a token: `unavailable` (`jwks_unavailable`).
 */
export function remoteKeys(url: URL, clock: Clock): JWTVerifyGetKey {
  let failure: { at: number; error: unknown } | undefined;
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    [customFetch]: async (address, options) => {
      if (failure && clock.monotonic() - failure.at < FAILURE_COOLDOWN_MS) throw failure.error;
      try {
        const response = await fetch(address, options);
        if (response.status !== 200) throw new Error(`it answered ${response.status}`);
        failure = undefined;
        return response;
      } catch (error) {
        failure = { at: clock.monotonic(), error };
        throw error;
      }
    },
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (saysOfTheToken(error)) throw error;
      const why = reasonOf(error);
      throw new QuarryError('unavailable', `the keys at ${url.origin}${url.pathname} cannot be had: ${why}`, {
        code: 'jwks_unavailable',
        cause: error,
      });
    }
  };
}

const saysOfTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
