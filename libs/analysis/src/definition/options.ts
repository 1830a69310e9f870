import { badAnalysis, nearest, shown } from './definition-errors.ts';

export type Definition = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const snakeCase = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * The options of one component: each is asked for by name, in snake_case or camelCase, and `end` refuses what nobody asked
 * for. Throws `invalid` (`bad_analysis`) with the path and the value.
 */
export class Options {
  private readonly given: ReadonlyMap<string, unknown>;
  private readonly known: string[] = [];

  constructor(
    readonly path: string,
    definition: Definition,
  ) {
    this.given = new Map(Object.entries(definition).map(([key, value]) => [snakeCase(key), value]));
  }

  private take(name: string): unknown {
    this.known.push(name);
    return this.given.get(name);
  }

  integer(name: string, bounds: { readonly min: number; readonly max: number }, fallback: number): number {
    const value = this.take(name);
    if (value === undefined) return fallback;
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < bounds.min || number > bounds.max) {
      throw this.wrong(name, value, `a whole number from ${bounds.min} to ${bounds.max}`);
    }
    return number;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.take(name);
    if (value === undefined) return fallback;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw this.wrong(name, value, 'true or false');
  }

  string(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.wrong(name, value, 'a string');
  }

  oneOf<T extends string>(name: string, values: readonly T[], fallback?: T): T {
    const value = this.take(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    const hint = typeof value === 'string' ? `; did you mean "${nearest(value, values)}"?` : '';
    throw this.wrong(name, value, `one of ${values.join(', ')}${hint}`);
  }

  /** A list of strings; one string is a list of one. */
  strings(name: string): readonly string[] | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const list = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(list)) throw this.wrong(name, value, 'a list of strings');
    for (const item of list as readonly unknown[]) {
      if (typeof item !== 'string') throw this.wrong(name, item, 'strings');
    }
    return list as readonly string[];
  }

  /** Call last. */
  end(): void {
    const unknown = [...this.given.keys()].find((key) => !this.known.includes(key));
    if (unknown === undefined) return;
    const options = this.known.filter((name) => name !== 'type');
    throw badAnalysis(
      this.path,
      options.length === 0
        ? `has an option "${shown(unknown)}", and takes none: leave it out`
        : `has an option "${shown(unknown)}" that is not supported; did you mean "${nearest(unknown, options)}"? known: ${options.join(', ')}`,
    );
  }

  wrong(name: string, value: unknown, expected: string): Error {
    return badAnalysis(
      `${this.path}.${name}`,
      value === undefined ? `is missing: give ${expected}` : `is ${shown(value)}: give ${expected}`,
    );
  }
}
