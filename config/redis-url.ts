import type { RedisLocation } from '#libs/redis';

const MODES: Readonly<Record<string, { readonly mode: RedisLocation['mode']; readonly port: number }>> = {
  redis: { mode: 'standalone', port: 6379 },
  'redis+sentinel': { mode: 'sentinel', port: 26_379 },
  'redis+cluster': { mode: 'cluster', port: 6379 },
};

/**
 * `redis://[user:password@]host[:port][/database]`, with `rediss` in place of `redis` over TLS;
 * `redis+sentinel://host,host/master[/database]`; `redis+cluster://host,host`. Undefined when it is none of these.
 */
export function parseRedisUrl(text: string): RedisLocation | undefined {
  const found = /^(rediss?(?:\+sentinel|\+cluster)?):\/\/(?:([^@/]*)@)?([^@/]+)((?:\/[^/]*)*)$/.exec(text);
  if (!found) return undefined;
  const [, scheme, credentials = '', hosts, path] = found;
  const { mode, port } = MODES[scheme!.replace(/^rediss/, 'redis')]!;
  const nodes = hosts!.split(',').map((host) => nodeOf(host, port));
  const rest = path!.split('/').filter((part) => part !== '');
  const master = mode === 'sentinel' ? rest.shift() : undefined;
  const database = rest.shift() ?? '0';
  const fits =
    (mode === 'sentinel') === (master !== undefined) &&
    (mode !== 'standalone' || nodes.length === 1) &&
    /^\d{1,4}$/.test(database) &&
    (mode !== 'cluster' || database === '0') &&
    rest.length === 0;
  if (!fits || nodes.includes(undefined)) return undefined;
  const [username = '', password] = credentials.split(/:(.*)/s).map(decodeURIComponent);
  return {
    mode,
    nodes: nodes as RedisLocation['nodes'],
    ...(master !== undefined && { master }),
    ...(username !== '' && { username }),
    ...(password !== undefined && { password }),
    database: Number(database),
    tls: scheme!.startsWith('rediss'),
  };
}

function nodeOf(text: string, defaultPort: number): { host: string; port: number } | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(text);
  if (!found) return undefined;
  const port = found[2] === undefined ? defaultPort : Number(found[2]);
  return port <= 65_535 ? { host: found[1]!.replace(/^\[(.*)\]$/, '$1'), port } : undefined;
}
