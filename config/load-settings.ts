import { join } from 'node:path';
import { z } from 'zod';
import type { Environment } from '#libs/kernel';
import { badSetting, readEnvironment, readFile, type Said, type SettingKey } from './read-settings.ts';
import { settingTable, shown } from './setting-table.ts';
import { isLoopback } from './setting-parsers.ts';
import type { AuthSettings, Settings } from './settings.ts';

/** The file of the defaults, from source (config/) as from the build (dist/config/). */
export const DEFAULTS_FILE = /[\\/]dist[\\/]config$/.test(import.meta.dirname)
  ? join(import.meta.dirname, '../../config/default.yaml')
  : join(import.meta.dirname, 'default.yaml');

const { shape: optional } = z.object({
  store: settingTable.store.schema.optional(),
  s3Endpoint: settingTable.s3Endpoint.schema.optional(),
  s3Region: settingTable.s3Region.schema.optional(),
  s3PathStyle: settingTable.s3PathStyle.schema.optional(),
  jwtIssuer: settingTable.jwtIssuer.schema.optional(),
  jwtAudience: settingTable.jwtAudience.schema.optional(),
  webhookAllow: settingTable.webhookAllow.schema.optional(),
  publicUrl: settingTable.publicUrl.schema.optional(),
  probePort: settingTable.probePort.schema.optional(),
  threads: settingTable.threads.schema.optional(),
  cacheDir: settingTable.cacheDir.schema.optional(),
});
type Schemas = { [K in SettingKey]: (typeof settingTable)[K]['schema'] };
const schemas = Object.fromEntries(Object.entries(settingTable).map(([key, entry]) => [key, entry.schema])) as Schemas;
const schema = z.object({ ...schemas, ...optional });
type Checked = z.infer<typeof schema>;

/**
 * The environment over `files`, later files over earlier ones; validated at once.
 * @param files YAML files; by default config/default.yaml and the one that QUARRY_CONFIG names
 * @throws `invalid` (`bad_setting`): one line with the setting, its value, what is expected or the nearest known name
 */
export function loadSettings(environment: Environment, files = filesOf(environment)): Settings {
  const said = new Map([...files.flatMap((file) => [...readFile(file)]), ...readEnvironment(environment)]);
  const texts = Object.fromEntries([...said].map(([key, { text }]) => [key, text]));
  const checked = schema.safeParse(texts);
  if (!checked.success) throw refusal(checked.error, said);
  const value = checked.data;
  if (value.auth === 'off' && !isLoopback(value.host) && !value.allowOpen) {
    throw badSetting(
      `${where('host', said)}="${value.host}" is beyond loopback and QUARRY_AUTH is off: everyone who can reach the port could ` +
        'read and delete everything; set QUARRY_AUTH=api-keys, or if the network is yours QUARRY_ALLOW_OPEN=yes, else QUARRY_HOST=127.0.0.1',
    );
  }
  const custom = value.s3Endpoint !== undefined;
  const region = value.s3Region ?? (custom ? 'us-east-1' : undefined);
  return Object.freeze({
    store: Object.freeze(value.store ?? { kind: 'file', folder: join(value.data, 'objects') }),
    broker: value.broker,
    jobs: value.jobs,
    dataFolder: value.data,
    namespace: value.namespace,
    host: value.host,
    port: value.port,
    auth: authOf(value),
    metricsOpen: value.metricsOpen,
    roles: value.roles,
    concurrency: value.concurrency,
    ...(value.threads !== undefined && { threads: value.threads }),
    searchThreads: value.searchThreads,
    indexMemoryBytes: value.indexMemory,
    cacheMemoryBytes: value.cacheMemory,
    cacheDiskBytes: value.cacheDisk,
    cacheFolder: value.cacheDir ?? join(value.data, 'cache'),
    bodyLimitBytes: value.bodyLimit,
    shutdownGraceMs: value.shutdownGrace,
    jobRetentionMs: value.jobRetention,
    logLevel: value.logLevel,
    webhookAllow: value.webhookAllow ?? [],
    ...(value.publicUrl !== undefined && { publicUrl: value.publicUrl }),
    ...(value.probePort !== undefined && { probePort: value.probePort }),
    searchTaskBytes: value.searchTask,
    hedge: value.hedge,
    compaction: value.compaction,
    ...(value.gcGrace.ms !== undefined && { gcGraceMs: value.gcGrace.ms }),
    s3: Object.freeze({
      ...(value.s3Endpoint !== undefined && { endpoint: value.s3Endpoint }),
      ...(region !== undefined && { region }),
      pathStyle: value.s3PathStyle ?? custom,
    }),
  } satisfies Settings);
}

function authOf(value: Checked): AuthSettings {
  if (value.auth === 'off') return { mode: 'off' };
  const { hs256Secret, jwksUrl } = value.auth;
  for (const key of ['jwtIssuer', 'jwtAudience'] as const) {
    if (jwksUrl === undefined || value[key] !== undefined) continue;
    // One who signs for many would else let all of them in.
    throw badSetting(`${settingTable[key].name} is not set: with a JWKS, say whose tokens are meant for this Quarry`);
  }
  return Object.freeze({
    mode: 'on',
    ...(hs256Secret !== undefined && { hs256Secret }),
    ...(jwksUrl !== undefined && { jwksUrl }),
    ...(value.jwtIssuer !== undefined && { issuer: value.jwtIssuer }),
    ...(value.jwtAudience !== undefined && { audience: value.jwtAudience }),
    algorithms: hs256Secret === undefined ? (['RS256', 'ES256'] as const) : (['HS256'] as const),
    tenantClaim: value.jwtTenantClaim,
  });
}

function filesOf(environment: Environment): readonly string[] {
  const chosen = environment.QUARRY_CONFIG;
  return chosen ? [DEFAULTS_FILE, chosen] : [DEFAULTS_FILE];
}

const where = (key: SettingKey, said: ReadonlyMap<SettingKey, Said>): string =>
  said.get(key)?.where ?? settingTable[key].name;

function refusal(error: z.ZodError, said: ReadonlyMap<SettingKey, Said>): Error {
  const issue = error.issues[0]!;
  const key = issue.path[0] as SettingKey;
  const found = said.get(key);
  if (!found)
    return badSetting(`${settingTable[key].name} is not set and has no default: expected ${settingTable[key].takes}`);
  return badSetting(`${found.where}="${shown(key, found.text)}": ${issue.message}`);
}
