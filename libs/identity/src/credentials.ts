import { unauthenticated, type QuarryError } from '#libs/kernel';

/** What an Authorization header carries. */
export interface Credentials {
  /** `basic`: a browser asked its user, and sends them with whatever any page makes it request. */
  readonly scheme: 'bearer' | 'basic';
  /** An API key or a JSON Web Token. */
  readonly token: string;
}

/**
 * `Bearer <token>`, or `Basic` with the token as the password and any name: the only way that a browser can ask for one.
 * Throws `unauthenticated` (`missing_credentials`, `bad_credentials`).
 */
export function credentialsOf(authorization: string | undefined): Credentials {
  if (authorization === undefined || authorization.trim() === '') {
    const how = 'send an API key or a token as "Authorization: Bearer …"';
    throw unauthenticated('missing_credentials', `this needs credentials: ${how}`);
  }
  const [, scheme, value] = /^\s*([A-Za-z]+) +(\S+)\s*$/.exec(authorization) ?? [];
  if (scheme?.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value! };
  if (scheme?.toLowerCase() !== 'basic') throw badCredentials();
  const pair = Buffer.from(value!, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0 || colon === pair.length - 1) throw badCredentials();
  return { scheme: 'basic', token: pair.slice(colon + 1) };
}

/** One answer for whatever is wrong with a key or a token, as long as it may be forged. */
export const badCredentials = (): QuarryError =>
  unauthenticated('bad_credentials', 'the API key or token is not valid (unknown, revoked, altered or cut short)');
