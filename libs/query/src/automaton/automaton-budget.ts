import { invalid } from '#libs/kernel';
import { showValue } from '../syntax/show-value.ts';

/** Elasticsearch's default for one pattern: determinizing may make exponentially many states of a short text. */
export const MAX_DETERMINIZED_STATES = 10_000;
/** Steps over states and byte classes for all patterns of one query: about a second. A fuzzy word takes some 20,000. */
const MAX_WORK = 5_000_000;
/** States before determinizing, of one pattern: nested counts multiply (`(a{1000}){1000}`). */
const MAX_RAW_STATES = 100_000;

/** What building the automata of one query may cost, so that no pattern can stall a worker. */
export class AutomatonBudget {
  work = 0;

  spend(steps: number, limits: PatternLimits): void {
    this.work += steps;
    if (this.work > MAX_WORK) throw limits.tooComplex('the patterns of the query need too much work to be prepared');
  }
}

/** What one pattern may cost. `too_complex_pattern` says which and where. */
export class PatternLimits {
  private rawStates = 0;

  constructor(
    private readonly budget: AutomatonBudget,
    private readonly place: { readonly text: string; readonly path: string },
    private readonly maxStates: number = MAX_DETERMINIZED_STATES,
  ) {}

  /** By all patterns of the query so far. */
  get spent(): number {
    return this.budget.work;
  }

  spend(steps: number): void {
    this.budget.spend(steps, this);
  }

  addRawState(): void {
    if (++this.rawStates > MAX_RAW_STATES) throw this.tooComplex(`it unfolds to more than ${MAX_RAW_STATES} states`);
  }

  checkStates(count: number): void {
    if (count > this.maxStates) throw this.tooComplex(`its automaton has more than ${this.maxStates} states`);
  }

  tooComplex(reason: string): Error {
    const { text, path } = this.place;
    const shown = showValue(text);
    return invalid(
      'too_complex_pattern',
      `${path}: the pattern ${shown} is too complex: ${reason}; make it shorter, or its repetitions and alternatives fewer`,
      { path, value: shown },
    );
  }
}
