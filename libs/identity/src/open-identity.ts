import type { Clock, Random } from '#libs/kernel';
import { ObjectStoreRegistry, type ObjectStoreRegistryOptions } from '#libs/registry';
import { createAuthenticator, type Authenticator } from './authenticator.ts';
import type { IdentitySettings } from './identity-settings.ts';
import { parseKeyRecord, type KeyRecord } from './keys/api-key.ts';
import { ApiKeys } from './keys/api-keys.ts';

/** Beside the tenants' folders, whose names begin with a letter or a digit: no tenant's path leads here. */
const KEYS_FOLDER = '_identity/keys/';

export interface IdentityParts {
  readonly auth: IdentitySettings;
  /** Not cached. */
  readonly store: ObjectStoreRegistryOptions<KeyRecord>['store'];
  readonly clock: Clock;
  readonly random: Random;
}

export interface Identity {
  readonly authenticator: Authenticator;
  readonly keys: ApiKeys;
}

/** Opens nothing but what it is given: the keys are read when the first one is shown. */
export function openIdentity({ auth, store, clock, random }: IdentityParts): Identity {
  const registry = new ObjectStoreRegistry<KeyRecord>({
    store,
    prefix: KEYS_FOLDER,
    clock,
    random,
    parse: parseKeyRecord,
  });
  const keys = new ApiKeys({ registry, clock, random });
  return { authenticator: createAuthenticator(auth, keys, clock), keys };
}
