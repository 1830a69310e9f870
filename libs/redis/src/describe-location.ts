import type { RedisLocation } from './redis-location.ts';

/** For messages and logs: the hosts, never the credentials. */
export function describeLocation({ mode, nodes, master, database }: RedisLocation): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  const suffix = database === 0 ? '' : `/${database}`;
  if (mode === 'sentinel') return `master ${master ?? '?'} of sentinels ${hosts}${suffix}`;
  return mode === 'cluster' ? `cluster ${hosts}` : `${hosts}${suffix}`;
}
