import type { ZodType } from 'zod';
import type { LogLevel } from '#libs/telemetry';
import {
  authWays,
  brokerLocation,
  cidrs,
  diskCacheSize,
  duration,
  folder,
  gcGrace,
  httpUrl,
  jobStoreLocation,
  oneOf,
  parsed,
  roles,
  size,
  storeLocation,
  wholeNumber,
  yesNo,
} from './setting-parsers.ts';

/** One setting: what it is called, what it takes, what it is for. Its default is in default.yaml. */
export interface SettingEntry {
  /** In the environment. In a file it is the key of the table. */
  readonly name: string;
  readonly takes: string;
  readonly about: string;
  /** What holds where neither default.yaml nor anyone else sets it. */
  readonly unset?: string;
  readonly schema: ZodType<unknown, string>;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const satisfies LogLevel[];

const anyText = parsed('a text', (given) => (given === '' ? undefined : given));

export const settingTable = {
  store: {
    name: 'QUARRY_STORE',
    takes: '`file://<folder>` or `s3://<bucket>/<prefix>`',
    about: 'Where segments, manifests and uploads live: the data itself.',
    unset: '`file://<QUARRY_DATA>/objects`',
    schema: storeLocation,
  },
  broker: {
    name: 'QUARRY_BROKER',
    takes: '`embedded`, a Redis URL, or `amqp://user:password@host/vhost`',
    about:
      'What carries messages between the parts. `embedded` is a durable file under `QUARRY_DATA`, for one machine; ' +
      'a Redis URL means BullMQ, an AMQP URL RabbitMQ. Redis URLs: `redis://[user:password@]host:port[/db]`, `rediss://…` over TLS, ' +
      '`redis+sentinel://host:26379,host:26379/master[/db]`, `redis+cluster://host:7000,host:7001`. ' +
      '`amqps://…` is RabbitMQ over TLS. A CA of your own is named in `NODE_EXTRA_CA_CERTS`, the path of a PEM file.',
    schema: brokerLocation,
  },
  jobs: {
    name: 'QUARRY_JOBS',
    takes: '`embedded` or a Redis URL',
    about:
      'What remembers jobs and their partial results. `embedded` and Redis URLs as above. A Redis must keep its data ' +
      '(`appendonly yes`) and must not evict (`maxmemory-policy noeviction`).',
    schema: jobStoreLocation,
  },
  data: {
    name: 'QUARRY_DATA',
    takes: 'a folder',
    about:
      'Holds the embedded broker and job store, and the objects when `QUARRY_STORE` is not set. ' +
      'Relative to the working directory; must be a local disk (SQLite locks do not hold on network file systems).',
    schema: folder,
  },
  namespace: {
    name: 'QUARRY_NAMESPACE',
    takes: '1–32 characters of a–z, 0–9 and `-`',
    about: 'Prefix of every queue and key, so that several installations can share their services.',
    schema: parsed('1 to 32 characters of a-z, 0-9 and -, beginning with a letter', (text) =>
      /^[a-z][a-z0-9-]{0,31}$/.test(text) ? text : undefined,
    ),
  },
  host: {
    name: 'QUARRY_HOST',
    takes: 'an address or a host name',
    about: 'Where HTTP listens. Beyond loopback it needs `QUARRY_AUTH`, or `QUARRY_ALLOW_OPEN`.',
    schema: parsed('an address or a host name, without port', (text) =>
      /^(\[?[0-9a-f:.]+\]?|[a-z0-9.-]+)$/i.test(text) ? text.replace(/^\[(.*)\]$/, '$1') : undefined,
    ),
  },
  port: {
    name: 'QUARRY_PORT',
    takes: '0–65535; 0 takes a free one',
    about: 'Where HTTP listens.',
    schema: parsed('a whole number from 0 to 65535', (text) => {
      // A Kubernetes service called "quarry" puts its own address here.
      if (text.startsWith('tcp://'))
        throw new Error('expected a port; this is a Kubernetes service link: set enableServiceLinks: false in the pod');
      return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
    }),
  },
  auth: {
    name: 'QUARRY_AUTH',
    takes: '`off`, or a list of `api-keys`, `hs256:<secret>`, `https://<JWKS>`',
    about:
      'Who may do what. `off`: whoever reaches the port may do everything. Else a request needs an API key ' +
      '(`quarry keys create --local` makes the first), or a JSON Web Token signed HS256 with the secret, or RS256 or ES256 with a key of the JWKS.',
    schema: authWays,
  },
  jwtIssuer: {
    name: 'QUARRY_JWT_ISSUER',
    takes: 'a text',
    about: 'The `iss` that tokens must have.',
    unset: 'any; with a JWKS it must be set',
    schema: anyText,
  },
  jwtAudience: {
    name: 'QUARRY_JWT_AUDIENCE',
    takes: 'a text',
    about: 'The `aud` that tokens must have.',
    unset: 'any; with a JWKS it must be set',
    schema: anyText,
  },
  jwtTenantClaim: {
    name: 'QUARRY_JWT_TENANT_CLAIM',
    takes: 'a name',
    about: 'The claim of a token that names its tenant.',
    schema: anyText,
  },
  metricsOpen: {
    name: 'QUARRY_METRICS_OPEN',
    takes: '`yes` or `no`',
    about:
      'Answer `/metrics` without credentials although `QUARRY_AUTH` asks for them; else its reader needs the scope `operator`.',
    schema: yesNo,
  },
  allowOpen: {
    name: 'QUARRY_ALLOW_OPEN',
    takes: '`yes` or `no`',
    about: 'Told twice: serve a `QUARRY_HOST` beyond loopback although `QUARRY_AUTH` is `off`.',
    schema: yesNo,
  },
  roles: {
    name: 'QUARRY_ROLES',
    takes: 'a list of `search`, `index`, `maintenance`',
    about: 'What a worker does. Each role is a set of mailboxes that it reads.',
    schema: roles,
  },
  concurrency: {
    name: 'QUARRY_CONCURRENCY',
    takes: '1–256 tasks',
    about:
      'Tasks a worker runs at once. They share `QUARRY_THREADS` for computing, so more than those only overlap their waits; ' +
      'each indexing task may hold `QUARRY_INDEX_MEMORY`.',
    schema: wholeNumber(1, 256),
  },
  threads: {
    name: 'QUARRY_THREADS',
    takes: '0–256 threads',
    about:
      'Threads in which a worker builds segments, beside the one that answers and reads. They start with the first such ' +
      'task. 0 computes everything in the one.',
    unset: 'as many as there are cores',
    schema: wholeNumber(0, 256),
  },
  searchThreads: {
    name: 'QUARRY_SEARCH_THREADS',
    takes: '0–256 threads',
    about:
      'Threads, at most, in which a worker runs searches that take long (from some 5 ms on). With 0 all searches run in the ' +
      'thread that answers and reads. Measured with 2 on two busy cores: what comes beside heavy searches waits less (the event ' +
      'loop was late by 107 instead of 145 ms, p99), each heavy search costs 3 to 8 ms of CPU time more, and the process holds ' +
      'some 45 MB more. They take an eighth of `QUARRY_CACHE_MEMORY`, 4MiB of it each at least; below 32MiB there are none.',
    schema: wholeNumber(0, 256),
  },
  indexMemory: {
    name: 'QUARRY_INDEX_MEMORY',
    takes: 'a size, 16MiB–16GiB',
    about: 'Bytes that one indexing task may hold before it writes a segment. More makes fewer, larger segments.',
    schema: size('16MiB', '16GiB'),
  },
  cacheMemory: {
    name: 'QUARRY_CACHE_MEMORY',
    takes: 'a size, 0–1TiB',
    about:
      'Bytes that a process keeps for the next search: of objects, and of what was parsed and found in them. 0 keeps none. ' +
      'The process itself takes about 100 MB more before its first search, and what searches under way work with.',
    schema: size('0', '1TiB'),
  },
  cacheDisk: {
    name: 'QUARRY_CACHE_DISK',
    takes: 'a size, 16MiB–64TiB, or `off`',
    about:
      'Bytes of objects that the processes of a machine keep together on a local disk, below the memory cache: what memory let go, ' +
      'and what was fetched before a restart. For buckets; beside a `file://` store it would only copy. A full disk is ' +
      'logged once and gone without.',
    schema: diskCacheSize,
  },
  cacheDir: {
    name: 'QUARRY_CACHE_DIR',
    takes: 'a folder',
    about:
      'Where `QUARRY_CACHE_DISK` keeps its files, and nothing else: what lies there may be deleted at any time. ' +
      'One folder for all processes of a machine.',
    unset: '`<QUARRY_DATA>/cache`',
    schema: folder,
  },
  bodyLimit: {
    name: 'QUARRY_BODY_LIMIT',
    takes: 'a size, 1KiB–5GiB',
    about:
      'The largest request body; above it the answer is 413. Bodies are staged in the store, not held in memory. ' +
      'Larger imports go by `source`.',
    schema: size('1KiB', '5GiB'),
  },
  shutdownGrace: {
    name: 'QUARRY_SHUTDOWN_GRACE',
    takes: 'a duration, 0–10m',
    about:
      'After SIGTERM: time for running requests and tasks to end before they are handed back to be done elsewhere.',
    schema: duration('0', '10m'),
  },
  jobRetention: {
    name: 'QUARRY_JOB_RETENTION',
    takes: 'a duration, 1m–365d',
    about: 'Ended jobs and their results can be asked for so long; then they are forgotten.',
    schema: duration('1m', '365d'),
  },
  webhookAllow: {
    name: 'QUARRY_WEBHOOK_ALLOW',
    takes: 'a list of addresses and CIDRs',
    about:
      'Addresses that webhooks may reach although they are not public: by default they are refused private, loopback, ' +
      'link-local and other special addresses, whatever name leads to them.',
    unset: 'none',
    schema: cidrs,
  },
  publicUrl: {
    name: 'QUARRY_PUBLIC_URL',
    takes: 'a URL',
    about: 'Where clients reach Quarry: the beginning of the links that webhooks carry.',
    unset: 'links are paths',
    schema: httpUrl,
  },
  probePort: {
    name: 'QUARRY_PROBE_PORT',
    takes: '0–65535; 0 takes a free one',
    about:
      'Where a worker process answers `/healthz`, `/readyz` and `/metrics`, on `QUARRY_HOST`. A gateway answers them itself.',
    unset: 'nowhere',
    schema: wholeNumber(0, 65_535),
  },
  searchTask: {
    name: 'QUARRY_SEARCH_TASK',
    takes: 'a size, 1B–1TiB',
    about:
      'Bytes of segments that one search task looks through, at most; a segment is never cut. Less spreads a search over ' +
      'more tasks: an eighth of it is what makes asking another worker worth a message.',
    schema: size('1', '1TiB'),
  },
  hedge: {
    name: 'QUARRY_HEDGE',
    takes: '`yes` or `no`',
    about:
      'Give a search task that takes longer than most to a second worker too, and ask a bucket twice for a read that takes longer ' +
      'than 95 of 100 (at most 5 % more requests); the first answer counts.',
    schema: yesNo,
  },
  compaction: {
    name: 'QUARRY_COMPACTION',
    takes: '`yes` or `no`',
    about:
      'Whether workers with the role `maintenance` merge small segments, and those with many deleted documents, by themselves.',
    schema: yesNo,
  },
  gcGrace: {
    name: 'QUARRY_GC_GRACE',
    takes: 'a duration, 10m–365d, or `off`',
    about:
      'Old versions and what only they name are deleted after so long by workers with the role `maintenance`. Longer than any ' +
      'search and any import lasts. `off` keeps everything.',
    schema: gcGrace,
  },
  logLevel: {
    name: 'QUARRY_LOG_LEVEL',
    takes: LOG_LEVELS.map((level) => `\`${level}\``).join(', '),
    about: 'The least important that is logged: JSON lines on stderr.',
    schema: oneOf(LOG_LEVELS),
  },
  s3Endpoint: {
    name: 'QUARRY_S3_ENDPOINT',
    takes: 'a URL',
    about:
      'The S3-compatible server. Credentials come from the AWS SDK’s own chain (`AWS_ACCESS_KEY_ID`, profiles, roles).',
    unset: 'AWS',
    schema: httpUrl,
  },
  s3Region: {
    name: 'QUARRY_S3_REGION',
    takes: 'a region',
    about: 'The region that requests are signed for.',
    unset: '`us-east-1` with `QUARRY_S3_ENDPOINT`, else the AWS SDK’s own chain',
    schema: parsed('a region such as eu-central-1', (text) => (/^[a-z0-9-]{2,32}$/.test(text) ? text : undefined)),
  },
  s3PathStyle: {
    name: 'QUARRY_S3_PATH_STYLE',
    takes: '`yes` or `no`',
    about: 'Whether the bucket is named in the path (most servers of one’s own) or in the host name (AWS).',
    unset: '`yes` with `QUARRY_S3_ENDPOINT`, else `no`',
    schema: yesNo,
  },
} satisfies Record<string, SettingEntry>;

/** Read elsewhere: the file of settings itself, and what the command line sends. */
export const OTHER_NAMES = {
  QUARRY_CONFIG: 'A YAML file of settings, between `config/default.yaml` and the environment.',
  QUARRY_URL: 'Command line: the Quarry to speak to. Default `http://127.0.0.1:7600`.',
  QUARRY_TOKEN: 'Command line: sent as bearer token.',
};

/** The value as it may be shown: without passwords in URLs; of `auth` only what is clearly no secret. */
export function shown(key: string, text: string): string {
  if (key === 'auth') return text.split(',').map(shownWay).join(',');
  return text.replace(/(:\/\/)[^@/]*@/, '$1***@');
}

const shownWay = (way: string): string =>
  /^\s*(off|no|api-keys|[a-z-]{1,8}|https?:\/\/[^@]*)\s*$/.test(way) ? way : '***';
