import { requestError } from './request-error.ts';
import { MAX_CLAUSES, MAX_QUERY_DEPTH } from './limits.ts';

/** What one request's query may still spend. One for the whole request: the limits hold for all its parts together. */
export class ParseBudget {
  private clauses = 0;

  /** Call before going down to `depth` (the root is 1), so that no body can overflow the stack. */
  enter(depth: number, path: string): void {
    if (depth > MAX_QUERY_DEPTH)
      throw requestError(
        'query_too_deep',
        path,
        `queries are nested deeper than ${MAX_QUERY_DEPTH} levels; flatten nested bool queries or parentheses`,
      );
  }

  spend(clauses: number, path: string): void {
    this.clauses += clauses;
    if (this.clauses > MAX_CLAUSES)
      throw requestError(
        'too_many_clauses',
        path,
        `the query has more than ${MAX_CLAUSES} clauses; use one terms query for many values of a field`,
      );
  }
}

/** Where a query stands in the request. */
export interface QueryPlace {
  readonly path: string;
  readonly depth: number;
  readonly budget: ParseBudget;
}
