/**
 * A deterministic automaton over the UTF-8 bytes of terms, as tables: what a dictionary is walked with. State 0 is the
 * start; without states nothing matches. From every state some match can be reached, so that a state that exists is a
 * reason to read on. Plain arrays: it can be cloned to another thread.
 */
export interface ByteAutomaton {
  /** By byte: its class. Bytes of one class lead the same ways. */
  readonly classes: Uint8Array;
  readonly classCount: number;
  /** state · classCount + class → state, or -1. */
  readonly next: Int32Array;
  /** By state: 0 when what ends here is no match, else what whoever built it tells matches apart by (a distance + 1). */
  readonly marks: Uint8Array;
}

export const START = 0;
export const DEAD = -1;

/** What the automaton says of bytes[from, to): a mark, 0 for no match. */
export function markOf(automaton: ByteAutomaton, bytes: Uint8Array, from = 0, to = bytes.length): number {
  const { classes, classCount, next, marks } = automaton;
  if (marks.length === 0) return 0;
  let state = START;
  for (let at = from; at < to; at++) {
    state = next[state * classCount + classes[bytes[at]!]!]!;
    if (state === DEAD) return 0;
  }
  return marks[state]!;
}

/** Whether some byte string s with low ≤ s < high matches. @param high not below low; undefined: no upper bound */
export function matchesBetween(automaton: ByteAutomaton, low: Uint8Array, high: Uint8Array | undefined): boolean {
  if (automaton.marks.length === 0) return false;
  let shared = 0;
  if (high) while (shared < low.length && shared < high.length && low[shared] === high[shared]) shared++;
  // All that lies between begins with what both begin with.
  let state = START;
  for (let at = 0; at < shared && state !== DEAD; at++) state = step(automaton, state, low[at]!);
  if (state === DEAD) return false;
  if (!high) return matchesFrom(automaton, state, low, 0);
  // Nothing lies below a bound that is no longer than what they share.
  if (shared === high.length) return false;
  if (shared === low.length) return matchesBelow(automaton, state, high, shared);
  if (leadsOn(automaton, state, low[shared]! + 1, high[shared]!)) return true;
  const above = step(automaton, state, low[shared]!);
  if (above !== DEAD && matchesFrom(automaton, above, low, shared + 1)) return true;
  const below = step(automaton, state, high[shared]!);
  return below !== DEAD && matchesBelow(automaton, below, high, shared + 1);
}

const step = ({ classes, classCount, next }: ByteAutomaton, state: number, byte: number): number =>
  next[state * classCount + classes[byte]!]!;

/** Whether one of the bytes [from, to) leads anywhere. */
function leadsOn(automaton: ByteAutomaton, state: number, from: number, to: number): boolean {
  for (let byte = from; byte < to; byte++) if (step(automaton, state, byte) !== DEAD) return true;
  return false;
}

/** Whether something ≥ low matches that is like low before `at`, where `state` is. */
function matchesFrom(automaton: ByteAutomaton, start: number, low: Uint8Array, from: number): boolean {
  let state = start;
  for (let at = from; at < low.length; at++) {
    if (leadsOn(automaton, state, low[at]! + 1, 256)) return true;
    state = step(automaton, state, low[at]!);
    if (state === DEAD) return false;
  }
  return true;
}

/** Whether something < high matches that is like high before `at`, where `state` is. */
function matchesBelow(automaton: ByteAutomaton, start: number, high: Uint8Array, from: number): boolean {
  let state = start;
  for (let at = from; at < high.length; at++) {
    if (automaton.marks[state] !== 0 || leadsOn(automaton, state, 0, high[at]!)) return true;
    state = step(automaton, state, high[at]!);
    if (state === DEAD) return false;
  }
  return false;
}
