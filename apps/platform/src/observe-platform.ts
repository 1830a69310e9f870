import type { Broker } from '#libs/broker';
import type { Membership } from '#libs/job-store';
import type { Metrics } from '#libs/telemetry';
import type { OpenStores } from './open-stores.ts';

/** Gauges that are read when somebody scrapes them. */
export function observePlatform(metrics: Metrics, broker: Broker, membership: Membership, stores: OpenStores): void {
  metrics.observe('quarry_mailbox_messages', 'Messages by mailbox and state', ['mailbox', 'state'], async () =>
    (await broker.mailboxes()).flatMap(({ mailbox, ready, delayed, inFlight, dead }) => [
      { labels: { mailbox, state: 'ready' }, value: ready },
      { labels: { mailbox, state: 'delayed' }, value: delayed },
      { labels: { mailbox, state: 'in_flight' }, value: inFlight },
      { labels: { mailbox, state: 'dead' }, value: dead },
    ]),
  );
  metrics.observe('quarry_mailbox_oldest_seconds', 'Age of the oldest ready message', ['mailbox'], async () =>
    (await broker.mailboxes()).map(({ mailbox, oldestReadyMs }) => ({
      labels: { mailbox },
      value: oldestReadyMs / 1000,
    })),
  );
  metrics.observe('quarry_workers', 'Workers that take new work', ['role'], async () => {
    const roles = (await membership.members()).filter(({ draining }) => !draining).flatMap((member) => member.roles);
    return [...new Set(roles)].map((role) => ({
      labels: { role },
      value: roles.filter((other) => other === role).length,
    }));
  });
  metrics.observe('quarry_store_requests', 'Requests to the object store since start', ['operation'], async () =>
    stores.requests(),
  );
  metrics.observe('quarry_store_bytes', 'Bytes to and from the object store since start', ['direction'], async () =>
    stores.bytes(),
  );
  metrics.observe(
    'quarry_store_hedges',
    'Second requests for reads that took long, since start',
    ['outcome'],
    async () => stores.hedges(),
  );
  metrics.observe('quarry_cache_lookups', 'Lookups in the caches since start', ['level', 'outcome'], async () =>
    stores.cacheLookups(),
  );
}
