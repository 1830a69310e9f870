import { pathOf, requestError, showKey, unexpected } from './request-error.ts';
import { didYouMean } from './suggest.ts';
import type { Scalar } from '../query-node.ts';

/** What an object of a request may hold. Names are the snake_case ones; camelCase spellings are accepted for each. */
export interface OptionShape {
  /** Code of the errors about values; an unknown key is always `unknown_key`. */
  readonly code: string;
  /** What the object is, for messages: "match", "a sort key". */
  readonly what: string;
  readonly allowed: readonly string[];
  /** Names that Elasticsearch has and Quarry has not: refused by name (`unsupported_option`), never ignored. */
  readonly unsupported?: readonly string[];
}

export interface NumberBounds {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly integer?: boolean;
}

// Longer than any name there is: such a key is reported as it stands, not rewritten letter by letter.
const MAX_NAME = 64;

/** minimumShouldMatch → minimum_should_match. */
export const snakeCase = (name: string): string =>
  name.length > MAX_NAME ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An array as it is, anything else as the only element: the DSL allows both nearly everywhere. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

export function readScalar(value: unknown, path: string, code: string): Scalar {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw unexpected(code, path, 'a string, a finite number or a boolean', value);
}

export function readFieldName(value: unknown, path: string, code: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw unexpected(code, path, 'a field name', value);
}

/** Reads the options of one object: refuses keys it does not know, and values of the wrong kind, with their path. */
export class OptionReader {
  private readonly values = new Map<string, { spelled: string; value: unknown }>();

  constructor(
    value: unknown,
    readonly path: string,
    private readonly shape: OptionShape,
  ) {
    if (!isObject(value)) throw unexpected(shape.code, path, `an object (${shape.what})`, value);
    for (const spelled of Object.keys(value)) {
      const name = shape.allowed.includes(spelled) ? spelled : snakeCase(spelled);
      if (!shape.allowed.includes(name)) throw this.unknown(spelled, name);
      const other = this.values.get(name);
      if (other) throw requestError(shape.code, path, `${other.spelled} and ${spelled} are the same; give one`);
      if (value[spelled] !== undefined) this.values.set(name, { spelled, value: value[spelled] });
    }
  }

  private unknown(spelled: string, name: string): Error {
    const { what, allowed, unsupported = [] } = this.shape;
    const known = `supported: ${allowed.join(', ')}`;
    if (unsupported.includes(name))
      return requestError('unsupported_option', pathOf(this.path, spelled), `not supported in ${what}; ${known}`);
    return requestError(
      'unknown_key',
      pathOf(this.path, spelled),
      `unknown key "${showKey(spelled)}" in ${what}${didYouMean(name, allowed)}; ${known}`,
    );
  }

  /** Where the option stands, in the client's spelling. */
  at(name: string): string {
    return pathOf(this.path, this.values.get(name)?.spelled ?? name);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  raw(name: string): unknown {
    return this.values.get(name)?.value;
  }

  fail(name: string, expected: string): Error {
    return unexpected(this.shape.code, this.at(name), expected, this.raw(name));
  }

  required(name: string): unknown {
    if (!this.has(name)) throw requestError(this.shape.code, this.path, `${this.shape.what} needs "${name}"`);
    return this.raw(name);
  }

  string(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.fail(name, 'a string');
  }

  boolean(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.fail(name, 'true or false');
  }

  number(name: string, bounds: NumberBounds = {}): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && within(value, bounds)) return value;
    throw this.fail(name, describeBounds(bounds));
  }

  /** One of a few words; upper and lower case are the same. */
  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const found = typeof value === 'string' ? choices.find((choice) => choice === value.toLowerCase()) : undefined;
    if (found === undefined) throw this.fail(name, `one of ${choices.join(', ')}`);
    return found;
  }

  scalar(name: string): Scalar {
    return readScalar(this.required(name), this.at(name), this.shape.code);
  }

  fieldName(name = 'field'): string {
    return readFieldName(this.required(name), this.at(name), this.shape.code);
  }
}

function within(value: number, { min = -Infinity, max = Infinity, above = -Infinity, integer }: NumberBounds): boolean {
  if (integer ? !Number.isSafeInteger(value) : !Number.isFinite(value)) return false;
  return value >= min && value <= max && value > above;
}

function describeBounds({ min, max, above, integer }: NumberBounds): string {
  const kind = integer ? 'an integer' : 'a number';
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind} of at least ${min}`;
  return above === undefined ? kind : `${kind} above ${above}`;
}
