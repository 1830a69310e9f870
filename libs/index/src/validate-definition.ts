import { invalid } from '#libs/kernel';
import type { IndexDefinition } from './index-catalog.ts';
import { validateFields } from './mapping/index.ts';

const KEYS = ['fields', 'settings'];
const SETTINGS = ['dynamic', 'maxFields'];
/** Beyond it a manifest would weigh megabytes. */
const MOST_FIELDS = 10_000;

/** A definition as a client sends it. Throws `invalid` (`bad_definition`, `unknown_key`, and those of `validateFields`). */
export function validateDefinition(definition: unknown): IndexDefinition {
  const given = objectOf(definition, 'an index definition', KEYS);
  const settings = given['settings'] === undefined ? undefined : validateSettings(given['settings']);
  return {
    ...(given['fields'] !== undefined && { fields: validateFields(given['fields']) }),
    ...(settings && { settings }),
  };
}

function validateSettings(value: unknown): NonNullable<IndexDefinition['settings']> {
  const { dynamic, maxFields } = objectOf(value, 'settings', SETTINGS);
  if (dynamic !== undefined && dynamic !== true && dynamic !== false && dynamic !== 'strict') {
    throw invalid('bad_definition', `settings.dynamic is ${JSON.stringify(dynamic)}; it is true, false or "strict"`);
  }
  if (
    maxFields !== undefined &&
    !(Number.isInteger(maxFields) && Number(maxFields) >= 1 && Number(maxFields) <= MOST_FIELDS)
  ) {
    throw invalid(
      'bad_definition',
      `settings.maxFields is ${JSON.stringify(maxFields)}; it is a whole number from 1 to ${MOST_FIELDS}`,
    );
  }
  return {
    ...(dynamic !== undefined && { dynamic }),
    ...(maxFields !== undefined && { maxFields: Number(maxFields) }),
  };
}

function objectOf(value: unknown, what: string, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('bad_definition', `${what} is an object with ${keys.join(' and ')}`);
  }
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw invalid('unknown_key', `${what} has no "${unknown}"; it has ${keys.join(' and ')}`, { key: unknown });
  return value as Record<string, unknown>;
}
