import { isDeepStrictEqual } from 'node:util';
import { checkExpression } from './check-expression.ts';

export interface MatchRules {
  /** Lists have as many items as expected; otherwise they may go on. */
  readonly exactLists: boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What of `expected` the value does not have, a line each; objects may have more than is expected. */
export function mismatches(expected: unknown, actual: unknown, rules: MatchRules, path = ''): string[] {
  if (isObject(expected)) {
    // An expression says all that is expected of its value.
    if ('$expect' in expected) return checkExpression(String(expected['$expect']), actual, path);
    const entries = Object.entries(expected);
    if (entries.length > 0 && !isObject(actual)) return [differs(path, expected, actual)];
    return entries.flatMap(([key, value]) =>
      mismatches(value, isObject(actual) ? actual[key] : undefined, rules, path === '' ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [differs(path, expected, actual)];
    if (rules.exactLists ? actual.length !== expected.length : actual.length < expected.length) {
      return [`${path}: ${actual.length} items instead of ${expected.length}: ${shown(actual)}`];
    }
    return expected.flatMap((item, at) => mismatches(item, actual[at], rules, `${path}[${at}]`));
  }
  return isSame(expected, actual) ? [] : [differs(path, expected, actual)];
}

/** Scores were computed with single precision by those who wrote them down. */
const isSame = (expected: unknown, actual: unknown): boolean =>
  isDeepStrictEqual(expected, actual) ||
  (typeof expected === 'number' &&
    typeof actual === 'number' &&
    Math.abs(expected - actual) <= 1e-6 * Math.max(Math.abs(expected), Math.abs(actual)));

const differs = (path: string, expected: unknown, actual: unknown): string =>
  `${path}: ${shown(actual)} instead of ${shown(expected)}`;

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
