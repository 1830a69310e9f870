import { LRUCache } from 'lru-cache';
import type { Clock, Ids } from '#libs/kernel';
import type { JobRecord, NewJob } from '#libs/job-store';
import {
  calledOn,
  calledOnPartial,
  callbackSchema,
  concerns,
  TEST_EVENT,
  wants,
  wantsPartial,
  type Callback,
  type Endpoint,
  type Endpoints,
  type PartialReach,
  type WebhookEvent,
} from '#libs/webhooks';
import type { JobAnnouncer } from '../../runtime/job-parts.ts';
import { CALLBACK_SUBJECT, WEBHOOK_KIND, type Delivery } from './delivery.ts';
import { deliveryId } from './delivery-id.ts';
import { jobEventBody, testEventBody } from './event-body.ts';

export interface AnnouncerParts {
  readonly endpoints: Endpoints;
  /** Makes the job and its first message durable; a job that is there already stays as it is. */
  readonly createDelivery: (job: NewJob) => Promise<void>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Where clients reach the gateways, without a slash at the end. */
  readonly publicUrl?: string | undefined;
}

/** A new endpoint is heeded everywhere after so long at the latest. */
const STALE_MS = 10_000;
/** Machines' clocks differ by less. */
const SKEW_MS = 1_000;
/** Partials that were announced, remembered so that later partials of the same jobs cost nothing. */
const TOLD = 10_000;

interface Receiver {
  readonly subject: string;
  readonly to: Delivery['to'];
}

/**
 * Makes the deliveries that a job owes: to its own callback and to each endpoint of its tenant that asked for the event.
 * A delivery's id follows from job, attempt, event and receiver, so that announcing twice, by anyone, delivers once
 * (JOB-6). Deliveries are jobs and announce nothing themselves.
 */
export class Announcer implements JobAnnouncer {
  private readonly told = new LRUCache<string, true>({ max: TOLD });

  constructor(private readonly parts: AnnouncerParts) {}

  async owes(job: Pick<JobRecord, 'tenant' | 'kind' | 'index' | 'callback'>): Promise<boolean> {
    if (job.kind === WEBHOOK_KIND) return false;
    if (callbackOf(job)) return true;
    try {
      const endpoints = await this.parts.endpoints.list(job.tenant, STALE_MS);
      return endpoints.some((endpoint) => concerns(endpoint, job));
    } catch {
      // No reason to refuse the job: perhaps it owes something, and who announces its end will know.
      return true;
    }
  }

  async ended(job: JobRecord): Promise<void> {
    const event = END_EVENT[job.state];
    if (job.kind === WEBHOOK_KIND || !event) return;
    const callback = callbackOf(job);
    const endpoints = await this.parts.endpoints.list(job.tenant, this.staleMs(job));
    const at = job.finishedAt ?? job.createdAt;
    const body = (told: JobRecord): string =>
      jobEventBody({ type: event, at, job: told, publicUrl: this.parts.publicUrl });
    const asking = endpoints.filter((endpoint) => wants(endpoint, event, job)).map(receiverAt);
    if (callback && calledOn(callback, event)) await this.deliver(job, event, at, body(job), [receiverOf(callback)]);
    if (asking.length > 0) await this.deliver(job, event, at, body(forEndpoints(job)), asking);
  }

  async partial(job: JobRecord, reach: PartialReach): Promise<void> {
    if (job.kind === WEBHOOK_KIND) return;
    const callback = callbackOf(job);
    const endpoints = await this.parts.endpoints.list(job.tenant, STALE_MS);
    const receivers = [
      ...(callback && calledOnPartial(callback, reach) ? [receiverOf(callback)] : []),
      ...endpoints.filter((endpoint) => wantsPartial(endpoint, job, reach)).map(receiverAt),
    ].filter((receiver) => !this.told.has(toldKey(job, receiver)));
    if (receivers.length === 0) return;
    const at = this.parts.clock.now();
    const body = jobEventBody({ type: 'job.partial', at, job, publicUrl: this.parts.publicUrl, reach });
    // The time in the id is the job's own, which is the same for everyone who announces this.
    await this.deliver(job, 'job.partial', job.createdAt, body, receivers);
    for (const receiver of receivers) this.told.set(toldKey(job, receiver), true);
  }

  async wantsPartials(job: JobRecord): Promise<boolean> {
    if (job.kind === WEBHOOK_KIND) return false;
    const callback = callbackOf(job);
    if (callback?.partial && !this.told.has(toldKey(job, receiverOf(callback)))) return true;
    try {
      const endpoints = await this.parts.endpoints.list(job.tenant, STALE_MS);
      return endpoints.some(
        (endpoint) => wants(endpoint, 'job.partial', job) && !this.told.has(toldKey(job, receiverAt(endpoint))),
      );
    } catch {
      // The next partial asks again.
      return false;
    }
  }

  /** Sends a test event; resolves with the id of its delivery. */
  async test({ id: endpoint, tenant }: Pick<Endpoint, 'id' | 'tenant'>): Promise<string> {
    const id = this.parts.ids.next();
    const spec: Delivery = {
      event: TEST_EVENT,
      webhookId: `msg_${id}`,
      to: { endpoint },
      body: testEventBody(TEST_EVENT, this.parts.clock.now(), endpoint),
    };
    await this.parts.createDelivery({ id, kind: WEBHOOK_KIND, tenant, index: NO_INDEX, subject: endpoint, spec });
    return id;
  }

  /** Delivers the same once more, under the same `webhook-id`, with a schedule of its own; resolves with the new id. */
  async replay({ tenant, index, spec, subject }: JobRecord): Promise<string> {
    const id = this.parts.ids.next();
    await this.parts.createDelivery({ id, kind: WEBHOOK_KIND, tenant, index, spec, ...(subject && { subject }) });
    return id;
  }

  private async deliver(
    job: JobRecord,
    event: WebhookEvent,
    at: number,
    body: string,
    receivers: readonly Receiver[],
  ): Promise<void> {
    const deliveries = receivers.map(({ subject, to }) => {
      const id = deliveryId(at, job.id, job.attempt, event, subject);
      const spec: Delivery = { event, webhookId: `msg_${id}`, to, job: job.id, body };
      return { id, kind: WEBHOOK_KIND, tenant: job.tenant, index: job.index, subject, spec };
    });
    await Promise.all(deliveries.map((delivery) => this.parts.createDelivery(delivery)));
  }

  /** An endpoint that was there when the job was submitted is heeded; later ones soon. */
  private staleMs(job: JobRecord): number {
    return Math.max(0, Math.min(STALE_MS, this.parts.clock.now() - job.createdAt - SKEW_MS));
  }
}

/** Where an index's name stands in other jobs; no index can have it. */
const NO_INDEX = '_webhooks';

const END_EVENT: Partial<Record<string, WebhookEvent>> = {
  succeeded: 'job.succeeded',
  failed: 'job.failed',
  cancelled: 'job.cancelled',
  expired: 'job.expired',
};

/** What a search found is for who may search, which to manage endpoints does not take: they get the link. */
function forEndpoints(job: JobRecord): JobRecord {
  if (job.kind !== 'search') return job;
  const { result: _, ...rest } = job;
  return rest;
}

const callbackOf = ({ callback }: Pick<JobRecord, 'callback'>): Callback | undefined =>
  callback === undefined ? undefined : callbackSchema.safeParse(callback).data;

const receiverOf = ({ url }: Callback): Receiver => ({ subject: CALLBACK_SUBJECT, to: { callback: url } });

const receiverAt = ({ id }: Endpoint): Receiver => ({ subject: id, to: { endpoint: id } });

const toldKey = ({ id, attempt }: JobRecord, { subject }: Receiver): string => `${id} ${attempt} ${subject}`;
