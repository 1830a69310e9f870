import { LRUCache } from 'lru-cache';
import type { ByteAutomaton } from '#libs/segment';
import type { PatternLimits } from './automaton-budget.ts';

interface Entry {
  readonly automaton: ByteAutomaton;
  /** What building it cost; whoever gets it from here is charged the same, so that limits do not hang on luck. */
  readonly work: number;
}

/** The automata built last, 16 MiB of tables: one search is compiled by gateway, planner and every task. */
const entries = new LRUCache<string, Entry>({
  maxSize: 16 << 20,
  sizeCalculation: ({ automaton }, key) => automaton.next.byteLength + automaton.marks.length + 2 * key.length + 1024,
});

/** @param key all that `build` depends on */
export function cachedAutomaton(key: string, limits: PatternLimits, build: () => ByteAutomaton): ByteAutomaton {
  const known = entries.get(key);
  if (known) {
    limits.spend(known.work);
    return known.automaton;
  }
  const before = limits.spent;
  const automaton = build();
  entries.set(key, { automaton, work: limits.spent - before });
  return automaton;
}
