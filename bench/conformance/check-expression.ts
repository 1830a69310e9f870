import { LeftOut } from './left-out.ts';

const LENGTH = /^len\(val\) (==|>|<|>=|<=) (\d+)$/;
const NUMBER = /^val (==|>|<|>=|<=) (-?[\d.]+)$/;
const BETWEEN = /^(-?[\d.]+) < val < (-?[\d.]+)$/;
const HAS = /^(not )?['"](\w+)['"] in val$/;
const STARTS = /^val\.startswith\(['"](.*)['"]\)$/;

/** The few Python expressions over `val` that the scenarios assert with; throws LeftOut for any other. */
export function checkExpression(expression: string, val: unknown, path: string): string[] {
  const text = expression.trim();
  return holds(text, val) ? [] : [`${path}: does not hold: ${text}, for ${JSON.stringify(val)?.slice(0, 200)}`];
}

function holds(text: string, val: unknown): boolean {
  const length = LENGTH.exec(text);
  if (length) return compare(lengthOf(val), length[1]!, Number(length[2]));
  const number = NUMBER.exec(text);
  if (number) return compare(Number(val), number[1]!, Number(number[2]));
  const between = BETWEEN.exec(text);
  if (between) return Number(between[1]) < Number(val) && Number(val) < Number(between[2]);
  const has = HAS.exec(text);
  if (has) return contains(val, has[2]!) === (has[1] === undefined);
  const starts = STARTS.exec(text);
  if (starts) return typeof val === 'string' && val.startsWith(starts[1]!);
  throw new LeftOut(`assertion: ${text}`);
}

const lengthOf = (val: unknown): number =>
  typeof val === 'string' || Array.isArray(val) ? val.length : Object.keys(val ?? {}).length;

const contains = (val: unknown, part: string): boolean =>
  typeof val === 'string' || Array.isArray(val) ? val.includes(part) : Object.hasOwn(val ?? {}, part);

function compare(a: number, operator: string, b: number): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '>':
      return a > b;
    case '<':
      return a < b;
    case '>=':
      return a >= b;
    default:
      return a <= b;
  }
}
