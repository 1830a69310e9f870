import type { IncomingHttpHeaders } from 'node:http';
import { forbidden } from '#libs/kernel';

/** They change nothing, and other sites cannot read their answers: the gateway sends no CORS headers. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a request that another site's page made a browser send: with the password it keeps (Basic), or to a server on
 * loopback that asks for none. A bearer token is exempt: no page can make a browser add one it does not have. Browsers say
 * whose page it was (Sec-Fetch-Site; over plain HTTP only Origin), and whoever says neither is no browser.
 * Throws `forbidden` (`cross_site_request`).
 */
export function refuseCrossSite(
  { method, headers }: { readonly method: string; readonly headers: IncomingHttpHeaders },
  publicUrl?: string,
): void {
  if (SAFE_METHODS.has(method) || /^\s*bearer /i.test(headers.authorization ?? '')) return;
  const site = headers['sec-fetch-site'];
  const fine =
    site === undefined ? isOwn(headers.origin, headers.host, publicUrl) : site === 'same-origin' || site === 'none';
  if (!fine) {
    throw forbidden(
      'cross_site_request',
      'another site made the browser send this; send a token as "Authorization: Bearer …"',
    );
  }
}

/** Behind a proxy the host that the browser knows may be another than ours: then it is the public URL's. */
function isOwn(origin: string | undefined, host: string | undefined, publicUrl: string | undefined): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.host === host || (publicUrl !== undefined && url.origin === new URL(publicUrl).origin);
}
