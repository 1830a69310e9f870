/** Some 8 MB when full. It only answers what a tokenizer's own cache, in front of it, has lost. */
const REMEMBERED = 100_000;
/** Longer ones (hashes, base64) do not come twice. */
const REMEMBERED_LENGTH = 64;

/** A term for a term, '' to leave it out; pure. */
export type TermFunction = (term: string) => string;

/** The same function with its outcomes kept; when full it forgets all and starts again. */
export function remembered(work: TermFunction): TermFunction {
  const outcomes = new Map<string, string>();
  return (term) => {
    if (term.length > REMEMBERED_LENGTH) return work(term);
    const known = outcomes.get(term);
    if (known !== undefined) return known;
    const outcome = work(term);
    if (outcomes.size >= REMEMBERED) outcomes.clear();
    outcomes.set(term, outcome);
    return outcome;
  };
}

/** One after the other; what one leaves out the next does not see. */
export function inSequence(steps: readonly TermFunction[]): TermFunction {
  if (steps.length === 1) return steps[0]!;
  return (term) => {
    let result = term;
    for (const step of steps) {
      if (result === '') return '';
      result = step(result);
    }
    return result;
  };
}
