import { readFileSync } from 'node:fs';
import { distance } from 'fastest-levenshtein';
import { parse as parseYaml } from 'yaml';
import { invalid, type Environment } from '#libs/kernel';
import { OTHER_NAMES, settingTable } from './setting-table.ts';

export type SettingKey = keyof typeof settingTable;

/** A setting's text and where it was said, for messages. */
export interface Said {
  readonly text: string;
  readonly where: string;
}

const KEYS = Object.keys(settingTable) as SettingKey[];
const isKey = (key: string): key is SettingKey => Object.hasOwn(settingTable, key);

/** What others put into the environment under our prefix: the test suite, and Kubernetes for a service called "quarry". */
const FOREIGN = /^QUARRY_(TEST_|SERVICE_(HOST|PORT)|PORT_\d+_)/;

export const badSetting = (message: string): Error => invalid('bad_setting', message.replaceAll(/\s*\n\s*/g, ' '));

export function readFile(path: string): Map<SettingKey, Said> {
  let document: unknown;
  try {
    document = parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    throw badSetting(`the settings file ${path} cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
  if (document === null || document === undefined) return new Map();
  if (typeof document !== 'object' || Array.isArray(document))
    throw badSetting(`the settings file ${path} must be a list of "name: value" lines`);
  const said = new Map<SettingKey, Said>();
  for (const [key, value] of Object.entries(document)) {
    if (!isKey(key)) throw badSetting(`unknown setting ${key} in ${path}${nearest(key, KEYS)}`);
    if (value !== null) said.set(key, { text: textOf(value), where: `${key} in ${path}` });
  }
  return said;
}

export function readEnvironment(environment: Environment): Map<SettingKey, Said> {
  const keyOf = new Map<string, SettingKey>(KEYS.map((key) => [settingTable[key].name, key]));
  const known = [...keyOf.keys(), ...Object.keys(OTHER_NAMES)];
  const said = new Map<SettingKey, Said>();
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('QUARRY_') || FOREIGN.test(name) || text === undefined) continue;
    const key = keyOf.get(name);
    if (key === undefined && !known.includes(name))
      throw badSetting(`unknown setting ${name}="${text}"${nearest(name, known)}`);
    // Set to nothing is how compose files and shells say "not set".
    if (key !== undefined && text.trim() !== '') said.set(key, { text, where: name });
  }
  return said;
}

/** A YAML value as it would be written in the environment. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function nearest(name: string, known: readonly string[]): string {
  const ranked = known.map((other) => ({ other, far: distance(name.toLowerCase(), other.toLowerCase()) }));
  const best = ranked.toSorted((a, b) => a.far - b.far)[0]!;
  return best.far <= Math.max(3, name.length / 3)
    ? `: did you mean ${best.other}?`
    : ': see docs/SETTINGS.md for the names';
}
