import { invalid } from '#libs/kernel';
import { MAX_CLAUSES } from '../syntax/limits.ts';

/**
 * Words that one query's texts may have together, a word counting in each field that it is looked for in: each is a
 * dictionary look-up and a scorer in every segment, as a clause of the request is.
 */
export class WordBudget {
  private spent = 0;

  spend(words: number, path: string): void {
    this.spent += words;
    if (this.spent <= MAX_CLAUSES) return;
    throw invalid(
      'too_many_clauses',
      `${path}: the query's texts have more than ${MAX_CLAUSES} words, counted in each field; shorten the text or name fewer fields`,
      { path, limit: MAX_CLAUSES },
    );
  }
}
