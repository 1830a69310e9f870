import type { ByteStrings } from '../dictionary/byte-strings.ts';
import { DEAD, START, type ByteAutomaton } from './byte-automaton.ts';

/**
 * Runs an automaton over ascending byte strings. The states along the last string are kept, so that a string is read
 * only from where it differs from the one before, and not at all where that one had already failed.
 */
export class MatchWalk {
  /** By depth: the state after so many bytes of the last string; DEAD from where it failed. */
  private states = new Int32Array(64);

  constructor(private readonly automaton: ByteAutomaton) {}

  /** Calls `found` with the place and the mark of each string that matches, until it answers false. */
  run(strings: ByteStrings, found: (at: number, mark: number) => boolean): void {
    const { classes, classCount, next, marks } = this.automaton;
    if (marks.length === 0) return;
    const { bytes, ends } = strings;
    this.states[0] = START;
    // How deep `states` is that of the last string.
    let known = 0;
    let lastStart = 0;
    for (let i = 0; i < ends.length; i++) {
      const start = i === 0 ? 0 : ends[i - 1]!;
      const length = ends[i]! - start;
      if (this.states.length <= length) this.grow(length + 1);
      const { states } = this;
      const limit = Math.min(known, length);
      let depth = 0;
      while (depth < limit && bytes[start + depth] === bytes[lastStart + depth]) depth++;
      let state = states[depth]!;
      while (depth < length && state !== DEAD) {
        state = next[state * classCount + classes[bytes[start + depth]!]!]!;
        states[++depth] = state;
      }
      known = depth;
      lastStart = start;
      if (state !== DEAD && marks[state] !== 0 && !found(i, marks[state]!)) return;
    }
  }

  private grow(length: number): void {
    const grown = new Int32Array(2 * length);
    grown.set(this.states);
    this.states = grown;
  }
}
