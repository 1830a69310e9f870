import type { RegexpOperators } from '../automaton/parse-regexp.ts';
import { ALL_OPERATORS } from '../automaton/parse-regexp.ts';
import type { RegexpOperator } from '../query-node.ts';

const OPERATORS: readonly RegexpOperator[] = ['complement', 'empty', 'interval', 'intersection', 'anystring'];

/** Lucene's names of the optional operators. */
export const REGEXP_FLAGS: readonly string[] = ['ALL', 'NONE', ...OPERATORS.map((name) => name.toUpperCase())];

/** `INTERSECTION|COMPLEMENT` → operators; undefined for a name there is none of. `ALL` and nothing mean all. */
export function parseRegexpFlags(flags: string): readonly RegexpOperator[] | undefined {
  const names = flags.split('|').map((name) => name.trim().toLowerCase());
  if (flags.trim() === '') return OPERATORS;
  const asked = names.filter((name) => name !== 'none');
  if (!asked.every((name) => name === 'all' || OPERATORS.some((known) => known === name))) return undefined;
  if (asked.includes('all')) return OPERATORS;
  return OPERATORS.filter((name) => asked.includes(name));
}

export const regexpOperators = (operators: readonly RegexpOperator[] | undefined): RegexpOperators =>
  operators === undefined
    ? ALL_OPERATORS
    : {
        complement: operators.includes('complement'),
        empty: operators.includes('empty'),
        interval: operators.includes('interval'),
        intersection: operators.includes('intersection'),
        anyString: operators.includes('anystring'),
      };
