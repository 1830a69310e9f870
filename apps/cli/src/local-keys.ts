import { loadSettings } from '#config';
import { createIds, invalid, parseDurationMs, systemClock, systemRandom } from '#libs/kernel';
import { isIndexPattern, isScope, isTenantName, openIdentity } from '#libs/identity';
import { openStores, refuseUnsafeStore } from '../../platform/src/open-stores.ts';
import type { KeyRequest, NewKey } from './api/key.ts';
import type { CliContext } from './cli-context.ts';

/**
 * Makes a key in the store that this shell's settings name: who may write there may give any right. Needs nothing but the
 * store, so a server may run meanwhile or may not.
 */
export async function createLocalKey(context: CliContext, request: KeyRequest): Promise<NewKey> {
  const { name, scopes, indexes, tenant = 'default', expiresIn } = request;
  const named: unknown = tenant;
  if (!isTenantName(named))
    throw invalid('bad_tenant_name', `"${tenant}" is not a tenant name: use a-z, 0-9, ".", "_" and "-"`);
  const strange = indexes?.find((pattern: unknown) => !isIndexPattern(pattern));
  if (strange !== undefined)
    throw invalid('bad_index_name', `"${strange}" is not an index name with * for any characters`);
  const settings = loadSettings(context.environment);
  const parts = { clock: systemClock, random: systemRandom };
  const stores = await openStores(settings, parts);
  try {
    await refuseUnsafeStore(settings, stores.counted, createIds(parts.clock, parts.random));
    const { keys } = openIdentity({ auth: { mode: 'off' }, store: stores.counted, ...parts });
    const { key, text } = await keys.create({
      tenant,
      name,
      scopes: scopes.filter(isScope),
      ...(indexes && { indexes }),
      ...(expiresIn !== undefined && { expiresAt: parts.clock.now() + parseDurationMs(expiresIn) }),
      createdBy: 'local',
    });
    const { createdAt, expiresAt, ...rest } = key;
    return {
      ...rest,
      createdAt: new Date(createdAt).toISOString(),
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
      key: text,
    };
  } finally {
    await stores.sources.close();
    await stores.counted.close();
  }
}
