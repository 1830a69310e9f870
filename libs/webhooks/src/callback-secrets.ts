import { kindOf } from '#libs/kernel';
import type { Registry } from '#libs/registry';
import { z } from 'zod';
import type { WebhookRecords } from './endpoints.ts';
import { newSecret, rotated, signingSecretSchema, type SigningSecret } from './signing-secret.ts';

const recordSchema = z.object({ secrets: z.array(signingSecretSchema).min(1) });
type CallbackRecord = z.infer<typeof recordSchema>;

/** There is one record. */
const ID = 'callback';

/**
 * What signs the calls to the `callbackUrl` of a tenant's jobs, which belong to no endpoint: one secret for all of them,
 * made when it is first asked for.
 */
export class CallbackSecrets {
  constructor(private readonly records: WebhookRecords) {}

  /** Newest first. */
  async get(tenant: string): Promise<readonly SigningSecret[]> {
    const registry = this.of(tenant);
    const found = await registry.get(ID, 0);
    return found ? found.value.secrets : this.make(registry);
  }

  /** A new secret; the present one goes on signing for `keepMs`. */
  async rotate(tenant: string, keepMs: number): Promise<readonly SigningSecret[]> {
    const { clock, random } = this.records;
    const registry = this.of(tenant);
    const fresh = newSecret(clock, random);
    const changed = await registry.update(ID, ({ secrets }) => ({
      secrets: rotated(secrets, fresh, keepMs),
    }));
    return changed ? changed.value.secrets : this.make(registry);
  }

  private async make(registry: Registry<CallbackRecord>): Promise<readonly SigningSecret[]> {
    const { clock, random } = this.records;
    try {
      return (await registry.create(ID, { secrets: [newSecret(clock, random)] })).value.secrets;
    } catch (error) {
      if (kindOf(error) !== 'conflict') throw error;
      // Somebody else was asked first at the same time.
      const made = await registry.get(ID, 0);
      if (!made) throw error;
      return made.value.secrets;
    }
  }

  private of(tenant: string): Registry<CallbackRecord> {
    return this.records.open(`${tenant}/_webhooks/callback/`, (json) => recordSchema.parse(json));
  }
}
