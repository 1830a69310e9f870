import type { ByteAutomaton } from '#libs/segment';
import type { PatternLimits } from './automaton-budget.ts';
import { trimmed } from './trimmed.ts';

/** What both match. */
export const intersection = (a: ByteAutomaton, b: ByteAutomaton, limits: PatternLimits): ByteAutomaton =>
  product(a, b, limits, { alive: (inA, inB) => inA && inB, matches: (markA, markB) => markA !== 0 && markB !== 0 });

/** What `all` matches and `a` does not. */
export const difference = (all: ByteAutomaton, a: ByteAutomaton, limits: PatternLimits): ByteAutomaton =>
  product(all, a, limits, { alive: (inAll) => inAll, matches: (markAll, markA) => markAll !== 0 && markA === 0 });

interface Rule {
  /** Whether to go on where one of the two has come to its end. */
  readonly alive: (inA: boolean, inB: boolean) => boolean;
  readonly matches: (markA: number, markB: number) => boolean;
}

/** Runs two automata at once; a state is a pair, -1 for one that has come to its end. */
function product(a: ByteAutomaton, b: ByteAutomaton, limits: PatternLimits, rule: Rule): ByteAutomaton {
  const { classes, pairs } = commonClasses(a, b);
  const ids = new Map<string, number>();
  const states: (readonly [number, number])[] = [];
  const marks: number[] = [];
  const next: number[] = [];
  const idOf = (inA: number, inB: number): number => {
    if (!rule.alive(inA >= 0, inB >= 0)) return -1;
    const key = `${inA} ${inB}`;
    let id = ids.get(key);
    if (id === undefined) {
      ids.set(key, (id = states.length));
      states.push([inA, inB]);
      marks.push(rule.matches(markAt(a, inA), markAt(b, inB)) ? 1 : 0);
      limits.checkStates(states.length);
    }
    return id;
  };
  idOf(a.marks.length > 0 ? 0 : -1, b.marks.length > 0 ? 0 : -1);
  for (let state = 0; state < states.length; state++) {
    const [inA, inB] = states[state]!;
    limits.spend(4 * pairs.length);
    for (const [classA, classB] of pairs) next.push(idOf(step(a, inA, classA), step(b, inB, classB)));
  }
  return trimmed({
    classes,
    classCount: pairs.length,
    next: Int32Array.from(next),
    marks: Uint8Array.from(marks),
  });
}

const markAt = ({ marks }: ByteAutomaton, state: number): number => (state < 0 ? 0 : marks[state]!);
const step = ({ next, classCount }: ByteAutomaton, state: number, of: number): number =>
  state < 0 ? -1 : next[state * classCount + of]!;

/** Bytes that are of one class in both, and the two classes that each stands for. */
function commonClasses(a: ByteAutomaton, b: ByteAutomaton): { classes: Uint8Array; pairs: [number, number][] } {
  const ids = new Map<number, number>();
  const pairs: [number, number][] = [];
  const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
    const [classA, classB] = [a.classes[byte]!, b.classes[byte]!];
    let id = ids.get(classA * 256 + classB);
    if (id === undefined) {
      ids.set(classA * 256 + classB, (id = pairs.length));
      pairs.push([classA, classB]);
    }
    return id;
  });
  return { classes, pairs };
}
