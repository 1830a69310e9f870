import { LRUCache } from 'lru-cache';
import { QuarryError, notFound, type Clock, type Ids, type Random } from '#libs/kernel';
import type { Registry } from '#libs/registry';
import { endpointSchema, type Endpoint, type EndpointDraft } from './endpoint.ts';
import { newSecret, rotated } from './signing-secret.ts';

/** Opens the records under a prefix; `parse` checks what is stored. Adapters are named by apps alone. */
export type OpenRegistry = <T>(prefix: string, parse: (json: unknown) => T) => Registry<T>;

export interface WebhookRecords {
  readonly open: OpenRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
}

/** All of them are looked through whenever a job ends. */
export const MAX_ENDPOINTS = 100;
/** Tenants whose endpoints are remembered; what is forgotten is read again. */
const TENANTS = 1_000;

/** A tenant's endpoints: `<tenant>/_webhooks/endpoints/`. A tenant's name is a valid one (checked where it comes in). */
export class Endpoints {
  private readonly registries = new LRUCache<string, Registry<Endpoint>>({ max: TENANTS });

  constructor(private readonly records: WebhookRecords) {}

  /** Throws `conflict` (`too_many_webhooks`). */
  async create(tenant: string, draft: EndpointDraft): Promise<Endpoint> {
    const { clock, random, ids } = this.records;
    if ((await this.list(tenant, 0)).length >= MAX_ENDPOINTS) {
      throw new QuarryError('conflict', `there are ${MAX_ENDPOINTS} endpoints already; delete one first`, {
        code: 'too_many_webhooks',
      });
    }
    const id = `ep_${ids.next()}`;
    const secrets = [newSecret(clock, random)];
    const made = await this.of(tenant).create(id, { ...draft, id, tenant, secrets, createdAt: clock.now() });
    return made.value;
  }

  /** By id, so by age. As of at most `maxStaleMs` ago. */
  async list(tenant: string, maxStaleMs: number): Promise<Endpoint[]> {
    return (await this.of(tenant).list(maxStaleMs)).map(({ value }) => value);
  }

  async find(tenant: string, id: string): Promise<Endpoint | undefined> {
    return isEndpointId(id) ? (await this.of(tenant).get(id, 0))?.value : undefined;
  }

  /** Throws `not-found` (`webhook_not_found`), as all that follow. */
  async get(tenant: string, id: string): Promise<Endpoint> {
    return (await this.find(tenant, id)) ?? unknownEndpoint(id);
  }

  async change(tenant: string, id: string, change: (endpoint: Endpoint) => Endpoint): Promise<Endpoint> {
    if (!isEndpointId(id)) return unknownEndpoint(id);
    return (await this.of(tenant).update(id, change))?.value ?? unknownEndpoint(id);
  }

  /** A new secret; the present one goes on signing for `keepMs`. */
  rotate(tenant: string, id: string, keepMs: number): Promise<Endpoint> {
    const { clock, random } = this.records;
    const fresh = newSecret(clock, random);
    return this.change(tenant, id, (endpoint) => ({
      ...endpoint,
      secrets: rotated(endpoint.secrets, fresh, keepMs),
    }));
  }

  /** The first reason stays. */
  disable(tenant: string, id: string, reason: string): Promise<Endpoint> {
    const at = this.records.clock.now();
    return this.change(tenant, id, (endpoint) =>
      endpoint.disabled ? endpoint : { ...endpoint, disabled: { at, reason } },
    );
  }

  async delete(tenant: string, id: string): Promise<void> {
    const existed = isEndpointId(id) && (await this.of(tenant).delete(id));
    if (!existed) unknownEndpoint(id);
  }

  private of(tenant: string): Registry<Endpoint> {
    const known = this.registries.get(tenant);
    if (known) return known;
    const opened = this.records.open(`${tenant}/_webhooks/endpoints/`, (json) => endpointSchema.parse(json));
    this.registries.set(tenant, opened);
    return opened;
  }
}

const isEndpointId = (id: string): boolean => /^ep_[0-9A-HJKMNP-TV-Z]{26}$/.test(id);

function unknownEndpoint(id: string): never {
  throw notFound('webhook_not_found', `there is no webhook "${id.slice(0, 64)}"; list them with GET /v1/webhooks`);
}
