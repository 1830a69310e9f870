import type { ByteAutomaton } from '#libs/segment';
import type { PatternLimits } from './automaton-budget.ts';
import { determinize } from './determinize.ts';
import { Nfa } from './nfa.ts';
import { ANY_STRING, type Pattern } from './pattern.ts';
import { difference, intersection } from './product.ts';

/** The automaton of the strings that a pattern describes, with mark 1. Throws `invalid` (`too_complex_pattern`). */
export function buildAutomaton(pattern: Pattern, limits: PatternLimits): ByteAutomaton {
  const nfa = new Nfa(limits);
  nfa.marks[add(nfa, pattern, nfa.state())] = 1;
  return determinize(nfa);
}

/** Puts a pattern behind a state, which gets edges but none that lead back to it. @returns the state where matches end */
function add(nfa: Nfa, pattern: Pattern, from: number): number {
  const { limits } = nfa;
  switch (pattern.kind) {
    case 'characters': {
      const end = nfa.state();
      nfa.characters(from, pattern.ranges, end);
      return end;
    }
    case 'sequence':
      return pattern.parts.reduce((at, part) => add(nfa, part, at), from);
    case 'choice': {
      const end = nfa.state();
      for (const part of pattern.parts) nfa.epsilon(add(nfa, part, from), end);
      return end;
    }
    case 'repeat':
      return addRepeat(nfa, pattern, from);
    case 'both':
      return nfa.embed(
        pattern.parts
          .map((part) => buildAutomaton(part, limits))
          .reduce((left, right) => intersection(left, right, limits)),
        from,
      );
    default:
      // Within well-formed UTF-8, so that no half of a character is taken for "something else".
      return nfa.embed(
        difference(buildAutomaton(ANY_STRING, limits), buildAutomaton(pattern.of, limits), limits),
        from,
      );
  }
}

function addRepeat(nfa: Nfa, { of, min, max }: Pattern & { kind: 'repeat' }, from: number): number {
  let at = from;
  for (let count = 0; count < min; count++) at = add(nfa, of, at);
  if (max === Infinity) {
    // A state of its own, which the loop leads back to.
    const loop = nfa.state();
    nfa.epsilon(at, loop);
    nfa.epsilon(add(nfa, of, loop), loop);
    return loop;
  }
  const end = nfa.state();
  for (let count = min; count < max; count++) {
    nfa.epsilon(at, end);
    at = add(nfa, of, at);
  }
  nfa.epsilon(at, end);
  return end;
}
