import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { QuarryError, invalid, unavailable, type Clock } from '#libs/kernel';
import type { AddressPolicy } from './address-policy.ts';
import { exchange } from './exchange.ts';
import { parseRetryAfter } from './retry-schedule.ts';
import type { WebhookAnswer, WebhookRequest, WebhookSender } from './webhook-sender.ts';
import { hostOf, literalOf, parseWebhookUrl } from './webhook-url.ts';

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export interface GuardedSenderOptions {
  readonly policy: AddressPolicy;
  readonly clock: Clock;
  /** Default: as the system resolves names. */
  readonly resolve?: Resolve;
  /** For everything from the look-up of the name to the end of the answer. Standard Webhooks: 15 to 30 s. */
  readonly limitMs?: number;
  /** Certificates to trust instead of the system's. */
  readonly ca?: string;
}

const LIMIT_MS = 15_000;

const systemResolve: Resolve = (host) => lookup(host, { all: true });

/**
 * Sends where the policy lets it and nowhere else: a name is resolved once, its addresses are checked, and the connection
 * goes to one of those, so that a name which leads elsewhere a moment later (DNS rebinding) gains nothing. Redirects are
 * not followed, connections not kept, and the answer is hardly read.
 */
export class GuardedSender implements WebhookSender {
  constructor(private readonly options: GuardedSenderOptions) {}

  async send(request: WebhookRequest): Promise<WebhookAnswer> {
    const { clock, limitMs = LIMIT_MS, ca } = this.options;
    const url = parseWebhookUrl(request.url);
    const tooLong = new AbortController();
    const cancel = clock.after(limitMs, () => tooLong.abort());
    const signal = AbortSignal.any([tooLong.signal, request.signal]);
    try {
      const addresses = await this.permitted(url, signal);
      const { status, retryAfter } = await exchange({ ...request, url, addresses, signal, ...(ca && { ca }) });
      const retryAfterMs = parseRetryAfter(retryAfter, clock.now());
      return { status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    } catch (error) {
      if (request.signal.aborted) throw new QuarryError('cancelled', 'the delivery was cancelled', { cause: error });
      if (tooLong.signal.aborted) throw timedOut(url, limitMs);
      throw error;
    } finally {
      cancel();
    }
  }

  /** What the host's name leads to now, as far as it may be reached. */
  private async permitted(url: URL, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const { policy, resolve = systemResolve } = this.options;
    const literal = literalOf(url);
    const host = hostOf(url);
    const found = literal === undefined ? await orAborted(resolved(resolve, host), signal) : [addressOf(literal)];
    const permitted = found.filter(({ address }) => policy.refusal(address) === undefined);
    if (permitted.length > 0) return permitted;
    const first = found[0]?.address ?? '';
    throw forbidden(`${host} leads to ${first}, which webhooks may not reach (${policy.refusal(first)})`, host);
  }
}

const addressOf = (literal: string): LookupAddress => ({ address: literal, family: literal.includes(':') ? 6 : 4 });

async function resolved(resolve: Resolve, host: string): Promise<readonly LookupAddress[]> {
  try {
    const found = await resolve(host);
    if (found.length > 0) return found;
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string };
    throw unavailable('delivery_failed', `the name ${host} could not be resolved (${code})`, { reason: 'name' });
  }
  throw unavailable('delivery_failed', `the name ${host} leads to no address`, { reason: 'name' });
}

/** A look-up cannot be stopped; nobody waits for it any longer. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new QuarryError('cancelled', 'stopped while a name was looked up'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const forbidden = (message: string, host: string): QuarryError => invalid('address_forbidden', message, { host });

const timedOut = (url: URL, limitMs: number): QuarryError =>
  new QuarryError('timeout', `${url.host} did not answer within ${limitMs} ms`, {
    code: 'delivery_failed',
    details: { reason: 'timeout' },
  });
