import { timedOut, type Deadline } from './deadline.ts';

/**
 * Work between two looks at the clock, in documents: 10 µs to 10 ms, so that a search ends soon after its deadline, and a
 * look (some 50 ns) costs nothing that could be measured.
 */
const WORK_PER_LOOK = 8192;
/** Loops over lists report at each such piece of them: `if (at % STRETCH === 0) watch.spend(STRETCH)`. */
export const STRETCH = 2048;
/** Loops without blocks count so many steps by themselves before they report: a call a step would show. */
export const STEPS_PER_REPORT = 256;
/** Of a document that the general scorers find and score, in those that a loop of its own does. */
export const WORK_OF_SCORER = 8;

/**
 * Ends what runs synchronously over one segment when the time is over, however large the segment is. Loops report what they
 * have done, mostly block by block: one document looked at is one, what costs far more counts as several.
 */
export class ExecutionWatch {
  private left = 0;

  /** @param deadline none: no end. The task may put it off. */
  constructor(public deadline?: Deadline) {}

  /** Throws `timeout`, `cancelled`. */
  spend(work: number): void {
    this.left -= work;
    if (this.left < 0) this.look();
  }

  /** Calls for each stretch of 0 … count − 1 (multiples of 32), in order: for loops too tight for a report within. */
  inStretches(count: number, run: (from: number, to: number) => void): void {
    for (let from = 0; from < count; from += WORK_PER_LOOK) {
      const to = Math.min(count, from + WORK_PER_LOOK);
      this.spend(to - from);
      run(from, to);
    }
  }

  private look(): void {
    this.left = WORK_PER_LOOK;
    if (this.deadline === undefined) return;
    this.deadline.checkCancelled();
    if (this.deadline.passed) throw timedOut();
  }
}
