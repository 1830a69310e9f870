import type { ByteAutomaton } from '#libs/segment';
import type { PatternLimits } from './automaton-budget.ts';
import type { CharRange } from './pattern.ts';
import { utf8Sequences, type ByteRange } from './utf8-sequences.ts';

export interface NfaEdge extends ByteRange {
  readonly target: number;
}

/** A nondeterministic automaton over UTF-8 bytes, while it is put together. */
export class Nfa {
  readonly edges: NfaEdge[][] = [];
  readonly epsilons: number[][] = [];
  /** By state: 0, or the mark of what ends here; of several the least counts. */
  readonly marks: number[] = [];
  /** States with one edge, by where it leads: the tails of characters, shared by all that end at the same state. */
  private readonly tails = new Map<string, number>();

  constructor(readonly limits: PatternLimits) {}

  state(): number {
    this.limits.addRawState();
    this.edges.push([]);
    this.epsilons.push([]);
    this.marks.push(0);
    return this.edges.length - 1;
  }

  epsilon(from: number, to: number): void {
    this.epsilons[from]!.push(to);
  }

  /** One character of the ranges leads from a state to another. */
  characters(from: number, ranges: readonly CharRange[], to: number): void {
    for (const range of ranges) {
      for (const sequence of utf8Sequences(range)) {
        let target = to;
        for (let at = sequence.length - 1; at > 0; at--) target = this.tail(sequence[at]!, target);
        this.edges[from]!.push({ ...sequence[0]!, target });
      }
    }
  }

  /** Puts a finished automaton behind a state. @returns the state where its matches end */
  embed({ classes, classCount, next, marks }: ByteAutomaton, from: number): number {
    const end = this.state();
    const states = Array.from(marks, () => this.state());
    if (states.length > 0) this.epsilon(from, states[0]!);
    for (const [i, state] of states.entries()) {
      if (marks[i] !== 0) this.epsilon(state, end);
      for (let byte = 0; byte < 256;) {
        let last = byte;
        while (last < 255 && classes[last + 1] === classes[byte]) last++;
        const target = next[i * classCount + classes[byte]!]!;
        if (target >= 0) this.edges[state]!.push({ from: byte, to: last, target: states[target]! });
        byte = last + 1;
      }
    }
    return end;
  }

  private tail(bytes: ByteRange, target: number): number {
    const key = `${bytes.from} ${bytes.to} ${target}`;
    let state = this.tails.get(key);
    if (state === undefined) {
      state = this.state();
      this.edges[state]!.push({ ...bytes, target });
      this.tails.set(key, state);
    }
    return state;
  }
}
