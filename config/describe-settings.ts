import { DEFAULTS_FILE } from './load-settings.ts';
import { readFile, type SettingKey } from './read-settings.ts';
import { OTHER_NAMES, settingTable, type SettingEntry } from './setting-table.ts';

/** A setting for people: docs/SETTINGS.md and `quarry doctor` are made of these. */
export interface SettingDescription {
  readonly name: string;
  /** Its key in a settings file. */
  readonly key: string;
  readonly takes: string;
  readonly default: string;
  readonly about: string;
}

export function describeSettings(): SettingDescription[] {
  const defaults = readFile(DEFAULTS_FILE);
  return Object.entries<SettingEntry>(settingTable).map(([key, entry]) => {
    const text = defaults.get(key as SettingKey)?.text;
    return {
      name: entry.name,
      key,
      takes: entry.takes,
      default: text === undefined ? (entry.unset ?? '') : `\`${text}\``,
      about: entry.about,
    };
  });
}

/** docs/SETTINGS.md, whole. */
export function settingsPage(): string {
  const rows = describeSettings().map(
    (setting) =>
      `| \`${setting.name}\`<br>\`${setting.key}\` | ${setting.takes} | ${setting.default} | ${setting.about} |`,
  );
  const others = Object.entries(OTHER_NAMES).map(([name, about]) => `| \`${name}\` | ${about} |`);
  return `# Settings

Made from \`config/setting-table.ts\` and \`config/default.yaml\` by \`npm run --silent quarry -- doctor --settings\`; change those.

A setting is looked for in the environment under its first name, then in the file that \`QUARRY_CONFIG\` names under its second,
then in \`config/default.yaml\`. An environment variable set to nothing counts as not set. Everything is checked once, at start:
an unknown or malformed setting stops the process with one line that says which it is, its value and what is expected.

Sizes: \`256MiB\`, \`64KB\`, or a number of bytes. Durations: \`500ms\`, \`10s\`, \`5m\`, \`24h\`, \`7d\`, or a number of milliseconds.

| setting | takes | default | what for |
| --- | --- | --- | --- |
${rows.join('\n')}

Read elsewhere:

| name | what for |
| --- | --- |
${others.join('\n')}
`;
}
