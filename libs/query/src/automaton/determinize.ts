import type { ByteAutomaton } from '#libs/segment';
import type { Nfa } from './nfa.ts';
import { trimmed } from './trimmed.ts';

/** The deterministic automaton that matches the same, by the subset construction. State 0 of the NFA is its start. */
export function determinize(nfa: Nfa): ByteAutomaton {
  return new Determinizer(nfa).run();
}

class Determinizer {
  private readonly classes: Uint8Array;
  private readonly classCount: number;
  private readonly ids = new Map<string, number>();
  private readonly subsets: (readonly number[])[] = [];
  private readonly marks: number[] = [];
  /** By state of the NFA: those reached without reading that have edges or a mark. */
  private readonly closures: (readonly number[] | undefined)[];

  constructor(private readonly nfa: Nfa) {
    const starts = new Uint8Array(257);
    for (const { from, to } of nfa.edges.flat()) starts[from] = starts[to + 1] = 1;
    this.classes = new Uint8Array(256);
    let count = 0;
    for (let byte = 0; byte < 256; byte++) this.classes[byte] = byte > 0 && starts[byte] === 1 ? ++count : count;
    this.classCount = count + 1;
    this.closures = nfa.edges.map(() => undefined);
  }

  run(): ByteAutomaton {
    const { classes, classCount, subsets } = this;
    const next: number[] = [];
    this.idOf([0]);
    for (let state = 0; state < subsets.length; state++) {
      // Classes of bytes that lead to the same states of the NFA lead to the same subset.
      const known = new Map<string, number>();
      for (const targets of this.targetsByClass(subsets[state]!)) {
        if (targets === undefined) {
          next.push(-1);
          continue;
        }
        const key = targets.join();
        let id = known.get(key);
        if (id === undefined) known.set(key, (id = this.idOf(targets)));
        next.push(id);
      }
    }
    return trimmed({ classes, classCount, next: Int32Array.from(next), marks: Uint8Array.from(this.marks) });
  }

  private targetsByClass(subset: readonly number[]): (number[] | undefined)[] {
    const targets = Array.from<undefined, number[] | undefined>({ length: this.classCount }, () => undefined);
    let steps = this.classCount;
    for (const state of subset) {
      for (const { from, to, target } of this.nfa.edges[state]!) {
        const last = this.classes[to]!;
        for (let at = this.classes[from]!; at <= last; at++) (targets[at] ??= []).push(target);
        steps += last - this.classes[from]! + 1;
      }
    }
    this.nfa.limits.spend(steps);
    return targets;
  }

  private idOf(states: readonly number[]): number {
    const closed = new Set<number>();
    for (const state of states) for (const reached of this.closure(state)) closed.add(reached);
    const subset = [...closed].toSorted((a, b) => a - b);
    this.nfa.limits.spend(4 * subset.length);
    const key = subset.join();
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.subsets.length;
      this.nfa.limits.checkStates(id + 1);
      this.ids.set(key, id);
      this.subsets.push(subset);
      const marks = subset.map((state) => this.nfa.marks[state]!).filter((mark) => mark > 0);
      this.marks.push(marks.length === 0 ? 0 : Math.min(...marks));
    }
    return id;
  }

  private closure(state: number): readonly number[] {
    const known = this.closures[state];
    if (known) return known;
    const { edges, epsilons, marks, limits } = this.nfa;
    const seen = new Set([state]);
    // A set is walked in the order of insertion, what is added on the way included.
    for (const at of seen) for (const to of epsilons[at]!) seen.add(to);
    limits.spend(seen.size);
    const closure = [...seen].filter((at) => edges[at]!.length > 0 || marks[at]! > 0);
    this.closures[state] = closure;
    return closure;
  }
}
