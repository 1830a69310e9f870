import {
  assert,
  fromErrorRecord,
  invalid,
  kindOf,
  notFound,
  unavailable,
  type ErrorRecord,
  type QuarryError,
  type Random,
} from '#libs/kernel';
import {
  retryDelayMs,
  signedHeaders,
  TEST_EVENT,
  validSecrets,
  type CallbackSecrets,
  type Endpoints,
  type SigningSecret,
  type WebhookAnswer,
  type WebhookSender,
} from '#libs/webhooks';
import type { JobContext, JobKind, JobOutcome, TaskContext } from '../../job-kind.ts';
import { deliverySchema, WEBHOOK_KIND, type Delivery, type DeliveryResult } from './delivery.ts';

export interface WebhookParts {
  readonly endpoints: Endpoints;
  readonly callbackSecrets: CallbackSecrets;
  readonly sender: WebhookSender;
  readonly random: Random;
}

/** Undefined until it was taken. */
type Taken = Omit<DeliveryResult, 'tries'> | { readonly error: ErrorRecord } | null;

interface Recipient {
  readonly url: string;
  readonly secrets: readonly SigningSecret[];
  /** Takes it out of service. */
  readonly disable: (reason: string) => Promise<void>;
}

/**
 * One delivery: one task, and each try one run of it. A try that fails is an error, and `retryAfterMs` says when the next
 * is due; the runtime keeps the tries in the job's record. What cannot become better is given up at once:
 * `endpoint_gone`, `endpoint_disabled`, `endpoint_deleted`, `address_forbidden`; else after the last try with
 * `delivery_failed`.
 */
export class WebhookKind implements JobKind<Delivery, null, null, Taken, DeliveryResult> {
  readonly name = WEBHOOK_KIND;
  readonly role = 'maintenance';
  /** Receivers may be slow: nothing else waits behind them. */
  readonly mailbox = 'webhook';
  readonly spec = deliverySchema;

  constructor(private readonly parts: WebhookParts) {}

  plan(): Promise<{ shared: null; tasks: null[] }> {
    return Promise.resolve({ shared: null, tasks: [null] });
  }

  async run(_task: null, _shared: null, delivery: Delivery, context: TaskContext): Promise<Taken> {
    const { clock, signal } = context;
    const { url, secrets, disable } = await this.recipient(delivery, context.tenant);
    const { webhookId, body } = delivery;
    const now = clock.now();
    const keys = validSecrets(secrets, now).map(({ secret }) => secret);
    const headers = { ...signedHeaders(webhookId, now, body, keys) };
    const began = clock.monotonic();
    const answer = await this.parts.sender.send({ url, headers, body, signal });
    const { status } = answer;
    if (status >= 200 && status <= 299) return { status, elapsedMs: Math.round(clock.monotonic() - began) };
    if (status !== 410) throw notTaken(url, answer);
    await disable('the receiver answered 410 Gone');
    throw notFound('endpoint_gone', `${hostOf(url)} answered 410: it wants no more of these`, { status });
  }

  /** @param tries that have failed, with this one */
  retryAfterMs(error: unknown, tries: number): number | undefined {
    if (GIVEN_UP.has(kindOf(error))) return undefined;
    const { retryAfterMs } = (error as Partial<QuarryError>).details ?? {};
    return retryDelayMs(tries - 1, this.parts.random, typeof retryAfterMs === 'number' ? retryAfterMs : 0);
  }

  failed(_task: null, _shared: null, error: ErrorRecord): Taken {
    return { error };
  }

  empty(): Taken {
    return null;
  }

  merge(a: Taken, b: Taken): Taken {
    return a ?? b;
  }

  async finish(
    taken: Taken,
    _shared: null,
    _delivery: Delivery,
    { tries }: JobContext,
  ): Promise<JobOutcome<DeliveryResult>> {
    assert(taken, 'a delivery finishes when its one task has an outcome');
    if ('error' in taken) throw fromErrorRecord(taken.error);
    return { result: { ...taken, tries: tries + 1 }, coverage: 1 };
  }

  private async recipient({ to, event }: Delivery, tenant: string): Promise<Recipient> {
    const { endpoints, callbackSecrets } = this.parts;
    if ('callback' in to) {
      return { url: to.callback, secrets: await callbackSecrets.get(tenant), disable: () => Promise.resolve() };
    }
    const endpoint = await endpoints.find(tenant, to.endpoint);
    if (!endpoint) throw notFound('endpoint_deleted', `the webhook ${to.endpoint} was deleted`);
    // Whether it works again is just what a test is for.
    if (endpoint.disabled && event !== TEST_EVENT) {
      throw invalid('endpoint_disabled', `the webhook ${to.endpoint} is disabled: ${endpoint.disabled.reason}`);
    }
    const disable = async (reason: string): Promise<void> => {
      await endpoints.disable(tenant, endpoint.id, reason).catch((error: unknown) => {
        // Deleted meanwhile.
        if (kindOf(error) !== 'not-found') throw error;
      });
    };
    return { url: endpoint.url, secrets: endpoint.secrets, disable };
  }
}

/** Of an error: trying again changes nothing. */
const GIVEN_UP: ReadonlySet<string> = new Set(['invalid', 'not-found', 'corrupt']);

const notTaken = (url: string, { status, retryAfterMs }: WebhookAnswer): QuarryError =>
  unavailable('delivery_failed', `${hostOf(url)} answered ${status}`, {
    reason: 'status',
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

/** The rest of a URL may be a secret. */
const hostOf = (url: string): string => URL.parse(url)?.host ?? 'the receiver';
