import type { ByteAutomaton } from '#libs/segment';

/** The same automaton without the states from which no match can be reached. */
export function trimmed({ classes, classCount, next, marks }: ByteAutomaton): ByteAutomaton {
  const count = marks.length;
  const into: number[][] = Array.from({ length: count }, () => []);
  for (let state = 0; state < count; state++) {
    for (let at = 0; at < classCount; at++) {
      const target = next[state * classCount + at]!;
      if (target >= 0) into[target]!.push(state);
    }
  }
  const live = new Set<number>();
  for (let state = 0; state < count; state++) if (marks[state] !== 0) live.add(state);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const state of live) for (const before of into[state]!) live.add(before);
  const kept = live.has(0) ? [...live].toSorted((a, b) => a - b) : [];
  const ids = new Int32Array(count).fill(-1);
  for (const [id, state] of kept.entries()) ids[state] = id;
  const table = new Int32Array(kept.length * classCount);
  for (const [id, state] of kept.entries()) {
    for (let at = 0; at < classCount; at++) {
      const target = next[state * classCount + at]!;
      table[id * classCount + at] = target < 0 ? -1 : ids[target]!;
    }
  }
  return { classes, classCount, next: table, marks: Uint8Array.from(kept, (state) => marks[state]!) };
}
