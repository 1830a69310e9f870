import { resolve } from 'node:path';
import { z } from 'zod';
import { isQuarryError, parseBytes, parseDurationMs } from '#libs/kernel';
import ipaddr from 'ipaddr.js';
import { parseRedisUrl } from './redis-url.ts';
import { ROLES, type BrokerLocation, type JobStoreLocation, type Role, type StoreLocation } from './settings.ts';

/**
 * A schema from the setting's text to its value. `parse` answers undefined when the text is not what is `expected`, and
 * throws an Error when there is more to say.
 */
export function parsed<T>(expected: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    let message = `expected ${expected}`;
    try {
      const value = parse(text.trim());
      if (value !== undefined) return value;
    } catch (error) {
      // What the kernel says of a malformed quantity repeats the value; `expected` says the form.
      if (!isQuarryError(error)) message = (error as Error).message;
    }
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export const oneOf = <const T extends readonly string[]>(values: T) =>
  parsed<T[number]>(values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`, (text) =>
    values.find((value) => value === text),
  );

export const wholeNumber = (min: number, max: number) =>
  parsed(`a whole number from ${min} to ${max}`, (text) =>
    /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined,
  );

export const size = (minText: string, maxText: string) =>
  parsed(`a size from ${minText} to ${maxText}, such as 256MiB`, (text) => {
    const bytes = parseBytes(text);
    return bytes >= parseBytes(minText) && bytes <= parseBytes(maxText) ? bytes : undefined;
  });

/** 0 stands for `off`. */
export const diskCacheSize = parsed('a size from 16MiB to 64TiB, such as 10GB, or off', (text) => {
  if (text === 'off' || text === 'no' || text === '0') return 0;
  const bytes = parseBytes(text);
  return bytes >= parseBytes('16MiB') && bytes <= parseBytes('64TiB') ? bytes : undefined;
});

export const duration = (minText: string, maxText: string) =>
  parsed(`a duration from ${minText} to ${maxText}, such as 500ms, 10s or 24h`, (text) => {
    const ms = parseDurationMs(text);
    return ms >= parseDurationMs(minText) && ms <= parseDurationMs(maxText) ? ms : undefined;
  });

/** Undefined stands for `off`. */
export const gcGrace = parsed('a duration from 10m to 365d, or off', (text): { readonly ms?: number } | undefined => {
  if (text === 'off' || text === 'no') return {};
  const ms = parseDurationMs(text);
  return ms >= parseDurationMs('10m') && ms <= parseDurationMs('365d') ? { ms } : undefined;
});

const YES_NO: Record<string, boolean> = {
  yes: true,
  true: true,
  on: true,
  '1': true,
  no: false,
  false: false,
  off: false,
  '0': false,
};

export const yesNo = parsed('yes or no', (text) => YES_NO[text.toLowerCase()]);

export const folder = parsed('a folder', (text) => (text === '' ? undefined : resolve(text)));

const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);

export const roles = parsed(`a comma-separated list of ${ROLES.join(', ')}`, (text): readonly Role[] | undefined => {
  const names = text.split(',').map((name) => name.trim());
  return names.every(isRole) ? Object.freeze([...new Set(names)]) : undefined;
});

const STORE = 'file://<folder> or s3://<bucket>/<prefix>';

export const storeLocation = parsed(STORE, (text): StoreLocation | undefined => {
  const file = /^file:\/\/(.+)$/.exec(text)?.[1];
  // Not a URL in the strict sense: file://./data is relative to the working directory.
  if (file !== undefined) return { kind: 'file', folder: resolve(decodeURI(file)) };
  // Bucket names: 3–63 characters, see "General purpose bucket naming rules" of AWS; others allow no more.
  const s3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text);
  if (!s3) return undefined;
  const segments = (s3[2] ?? '').split('/').filter((segment) => segment !== '');
  return segments.includes('.') || segments.includes('..')
    ? undefined
    : { kind: 's3', bucket: s3[1]!, prefix: segments.join('/') };
});

export const httpUrl = parsed('a URL such as http://127.0.0.1:9000', (text) =>
  /^https?:\/\//.test(text) && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined,
);

const EMBEDDED = 'embedded';
const REDIS_URL =
  'redis://host:6379, rediss://…, redis+sentinel://host:26379,…/master or redis+cluster://host:6379,…, each with user:password@ if need be';

export const brokerLocation = parsed(
  `${EMBEDDED}, ${REDIS_URL}, or amqp://user:password@host:5672/vhost`,
  (text): BrokerLocation | undefined => {
    if (text === EMBEDDED) return { kind: 'embedded' };
    if (/^amqps?:\/\//.test(text))
      return URL.canParse(text) && new URL(text).hostname ? { kind: 'amqp', url: text } : undefined;
    const redis = parseRedisUrl(text);
    return redis && { kind: 'redis', redis };
  },
);

export const jobStoreLocation = parsed(`${EMBEDDED}, or ${REDIS_URL}`, (text): JobStoreLocation | undefined => {
  if (text === EMBEDDED) return { kind: 'embedded' };
  const redis = parseRedisUrl(text);
  return redis && { kind: 'redis', redis };
});

/** Bytes of an HS256 secret: as long as the hash, as RFC 7518 §3.2 asks. */
const SECRET_BYTES = 32;

export type AuthWays = 'off' | { readonly hs256Secret?: string; readonly jwksUrl?: string };

export const authWays = parsed(
  'off, or a comma-separated list of api-keys, hs256:<secret> and the https:// URL of a JWKS',
  (text): AuthWays | undefined => {
    // `auth: false` in a file arrives as no.
    if (text === 'off' || text === 'no') return 'off';
    const ways: { hs256Secret?: string; jwksUrl?: string } = {};
    for (const way of text.split(',').map((part) => part.trim())) {
      if (way === 'api-keys') continue;
      const secret = /^hs256:(.*)$/s.exec(way)?.[1];
      if (secret !== undefined) {
        if (new TextEncoder().encode(secret).length < SECRET_BYTES)
          throw new Error(`the secret of hs256 must have ${SECRET_BYTES} bytes or more`);
        ways.hs256Secret = secret;
      } else if (isJwksUrl(way)) ways.jwksUrl = way;
      else return undefined;
    }
    if (ways.hs256Secret !== undefined && ways.jwksUrl !== undefined)
      throw new Error('tokens come from one issuer: give hs256:<secret> or a JWKS, not both');
    return ways;
  },
);

/** Keys that travel in the clear could be anybody's; a loopback address is for development. */
function isJwksUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

export const cidrs = parsed('a comma-separated list of addresses or CIDRs, such as 10.0.0.0/8,::1/128', (text) => {
  const ranges = text.split(',').map((part) => part.trim());
  return ranges.every((range) => ipaddr.isValidCIDR(range) || ipaddr.isValid(range))
    ? Object.freeze(ranges)
    : undefined;
});

/** 127.0.0.0/8, ::1 and the name. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
