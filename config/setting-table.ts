import type { ZodType } from 'zod';
import type { LogLevel } from '#libs/telemetry';
import {
  duration,
  embeddedOnly,
  folder,
  httpUrl,
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

const NOT_A_WORD = /[^a-z-]|.{9}/;

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
    takes: '`embedded`',
    about:
      'What carries messages between the parts. `embedded` is a durable file under `QUARRY_DATA`, for one machine.',
    schema: embeddedOnly(['redis://', 'rediss://', 'amqp://', 'amqps://']),
  },
  jobs: {
    name: 'QUARRY_JOBS',
    takes: '`embedded`',
    about: 'What remembers jobs and their partial results. `embedded` as above.',
    schema: embeddedOnly(['redis://', 'rediss://']),
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
    about: 'Where HTTP listens. Beyond loopback it needs `QUARRY_ALLOW_OPEN`, because there is no authentication.',
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
    takes: '`off`',
    about: 'Who may do what. This version has no identities: whoever reaches the port may do everything.',
    schema: parsed('off', (text) => {
      // `auth: false` in a file arrives as no.
      if (text === 'off' || text === 'no') return 'off' as const;
      throw new Error('not supported by this version, which has off only');
    }),
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
      'Tasks a worker runs at once. They share one thread for computing, so more than a few only overlap their waits; ' +
      'each indexing task may hold `QUARRY_INDEX_MEMORY`.',
    schema: wholeNumber(1, 256),
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
    about: 'Bytes of objects that a process keeps for the next search. 0 keeps none.',
    schema: size('0', '1TiB'),
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

/** Names with a meaning in later versions: ignoring them would pretend. */
export const NOT_YET = ['QUARRY_THREADS', 'QUARRY_CACHE_DISK', 'QUARRY_WEBHOOK_ALLOW'];

/** Read elsewhere: the file of settings itself, and what the command line sends. */
export const OTHER_NAMES = {
  QUARRY_CONFIG: 'A YAML file of settings, between `config/default.yaml` and the environment.',
  QUARRY_URL: 'Command line: the Quarry to speak to. Default `http://127.0.0.1:7600`.',
  QUARRY_TOKEN: 'Command line: sent as bearer token.',
};

/** The value as it may be shown: without passwords in URLs; of `auth` only what is clearly a word. */
export function shown(key: string, text: string): string {
  if (key === 'auth' && NOT_A_WORD.test(text)) return '***';
  return text.replace(/(:\/\/)[^@/]*@/, '$1***@');
}
