import { isIP } from 'node:net';
import { QuarryError, invalid } from '#libs/kernel';
import type { AddressPolicy } from './address-policy.ts';

const LONGEST = 2_000;

/**
 * A URL that may be called, as far as it tells by itself: where its host's name leads is only known, and checked, when it
 * is. Throws `invalid` (`code`).
 */
export function checkWebhookUrl(text: string, policy: AddressPolicy, code = 'bad_webhook_url'): URL {
  const url = parseWebhookUrl(text, code);
  const literal = literalOf(url);
  const refusal = literal === undefined ? undefined : policy.refusal(literal);
  if (refusal === undefined) return url;
  throw invalid(code, `${url.host} is an address that webhooks may not reach (${refusal})`);
}

/** Wherever it leads. Throws `invalid` (`code`). */
export function parseWebhookUrl(text: string, code = 'bad_webhook_url'): URL {
  const bad = (why: string): QuarryError => invalid(code, `"${text.slice(0, 200)}" ${why}`);
  if (text.length > LONGEST) throw bad(`is longer than ${LONGEST} characters`);
  const url = URL.parse(text);
  if (!url) throw bad('is not a URL; write https://example.com/hook');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw bad('is neither https nor http');
  if (url.username !== '' || url.password !== '') {
    throw invalid(code, `the URL of ${url.host} holds a user or a password; receivers verify the signature instead`);
  }
  return url;
}

/** The address that stands in the place of a name. The URL parser has brought 0x7f.1 and 2130706433 into its usual form. */
export function literalOf(url: URL): string | undefined {
  const host = hostOf(url);
  return isIP(host) === 0 ? undefined : host;
}

/** Without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
