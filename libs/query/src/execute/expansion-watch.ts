import { invalid } from '#libs/kernel';
import type { TermWatch } from '#libs/segment';
import { timedOut, type Deadline } from './deadline.ts';

/**
 * Terms that all prefixes, ranges and patterns of a query may stand for in one segment together: each is held in memory,
 * with its postings, and a query may have thousands of such clauses.
 */
export const MAX_EXPANDED_TOGETHER = 4 * 65_536;

/** Bounds what one query takes of one segment's dictionaries, in terms and in time. */
export class ExpansionWatch implements TermWatch {
  private taken = 0;

  /** @param deadline none: in terms alone */
  constructor(private readonly deadline?: Deadline) {}

  /** Throws `invalid` (`too_many_terms`), `timeout`, `cancelled`. */
  spend(terms: number): void {
    this.taken += terms;
    if (this.taken > MAX_EXPANDED_TOGETHER) {
      throw invalid(
        'too_many_terms',
        `the query's prefixes, ranges and patterns together stand for more than ${MAX_EXPANDED_TOGETHER} terms; make them narrower, or fewer`,
        { limit: MAX_EXPANDED_TOGETHER },
      );
    }
    this.deadline?.checkCancelled();
    if (this.deadline?.passed) throw timedOut();
  }
}
