import type { LookupAddress } from 'node:dns';
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { unavailable, type QuarryError } from '#libs/kernel';

export interface Exchange {
  readonly url: URL;
  /** Where to connect; the URL's name is not looked up. */
  readonly addresses: readonly LookupAddress[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly ca?: string;
}

/** Of an answer's body so much is read, for the receiver's comfort, and thrown away. */
const READ_BYTES = 8 * 1024;
/** Each address gets so long before the next is tried beside it. */
const NEXT_ADDRESS_MS = 2_000;

/**
 * One POST on a connection of its own. Resolves when the answer's body has ended, was enough, or broke off: its status was
 * known before. Throws `unavailable` (`delivery_failed`) when there is no status.
 */
export function exchange(given: Exchange): Promise<{ status: number; retryAfter: string | undefined }> {
  const { url, body } = given;
  return new Promise((resolve, reject) => {
    const request = open(given);
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      const answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
      void drained(response).then(() => {
        request.destroy();
        resolve(answer);
      });
    });
    request.on('error', (error) => {
      if (!answered) reject(unreachable(url, error));
    });
    // A connection may end without an answer and without an error, such as after an upgrade that nobody asked for.
    request.once('close', () => {
      if (!answered) reject(unreachable(url, { code: 'closed' }));
    });
    request.end(body);
  });
}

function open({ url, addresses, headers, body, signal, ca }: Exchange): ClientRequest {
  const options: RequestOptions & { ca?: string; autoSelectFamilyAttemptTimeout: number } = {
    method: 'POST',
    agent: false,
    signal,
    lookup: pinned(addresses),
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'quarry-webhooks',
    },
    ...(ca && { ca }),
  };
  return url.protocol === 'https:' ? https.request(url, options) : http.request(url, options);
}

/** Answers the addresses that were checked, whatever the name leads to by now. */
const pinned =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_host, options, callback) => {
    if (options.all) callback(null, [...addresses]);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  };

function drained(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > READ_BYTES) response.destroy();
    });
    response.on('error', () => {});
    response.once('end', resolve).once('close', resolve);
  });
}

function unreachable(url: URL, error: { code?: unknown; message?: string }): QuarryError {
  const why = typeof error.code === 'string' ? error.code : (error.message ?? 'unknown');
  return unavailable('delivery_failed', `${url.host} could not be reached (${why})`, { reason: 'unreachable', why });
}
