import { createIds, unauthenticated, type Clock, type Ids, type Random } from '#libs/kernel';
import type { Entry, Registry } from '#libs/registry';
import type { Caller } from '../caller.ts';
import { badCredentials } from '../credentials.ts';
import { hashOf, isKeyId, isSecretOf, keyText, newSecret, partsOfKey, type ApiKey, type KeyRecord } from './api-key.ts';

/** A key that was revoked elsewhere is good for so long at most. */
export const KEY_STALE_MS = 10_000;

/** Compared with when there is no record, so that the answer takes as long. */
const NOBODYS_HASH = hashOf('');

export interface ApiKeysParts {
  readonly registry: Registry<KeyRecord>;
  readonly clock: Clock;
  readonly random: Random;
}

/** API keys. Whether who asks may have or see a key is not asked here: see key-rights.ts. */
export class ApiKeys {
  private readonly parts: ApiKeysParts;
  private readonly ids: Ids;

  constructor(parts: ApiKeysParts) {
    this.parts = parts;
    this.ids = createIds(parts.clock, parts.random);
  }

  /** `text` is the whole key. It is not kept, and this is the only time that anybody sees it. */
  async create(wanted: Omit<ApiKey, 'id' | 'createdAt'>): Promise<{ key: ApiKey; text: string }> {
    const id = this.ids.next();
    const secret = newSecret(this.parts.random);
    const createdAt = this.parts.clock.now();
    const entry = await this.parts.registry.create(id, { ...wanted, createdAt, hash: hashOf(secret) });
    return { key: shown(entry), text: keyText(id, secret) };
  }

  /** Of all tenants, oldest first, as of now; expired ones too. */
  async list(): Promise<ApiKey[]> {
    return (await this.parts.registry.list(0)).map(shown);
  }

  async get(id: string): Promise<ApiKey | undefined> {
    if (!isKeyId(id)) return undefined;
    const entry = await this.parts.registry.get(id, 0);
    return entry && shown(entry);
  }

  /** Whether there was one. Here it ends at once, in other processes within KEY_STALE_MS. */
  async revoke(id: string): Promise<boolean> {
    return isKeyId(id) && this.parts.registry.delete(id);
  }

  /** Throws `unauthenticated` (`bad_credentials`, `expired_credentials`), or what the store throws. */
  async verify(text: string): Promise<Caller> {
    const parts = partsOfKey(text);
    if (!parts) throw badCredentials();
    const entry = await this.parts.registry.get(parts.id, KEY_STALE_MS);
    const genuine = isSecretOf(parts.secret, entry?.value.hash ?? NOBODYS_HASH);
    if (!entry || !genuine) throw badCredentials();
    const { tenant, scopes, indexes, expiresAt } = entry.value;
    if (expiresAt !== undefined && this.parts.clock.now() >= expiresAt) {
      const when = new Date(expiresAt).toISOString();
      throw unauthenticated('expired_credentials', `the API key ${parts.id} expired at ${when}; make a new one`);
    }
    return { tenant, subject: `key:${parts.id}`, scopes: new Set(scopes), ...(indexes && { indexes }) };
  }
}

function shown({ id, value }: Entry<KeyRecord>): ApiKey {
  const { hash: _, ...rest } = value;
  return { id, ...rest };
}
