import { encodeUtf8 } from '#libs/kernel';
import { markOf } from '#libs/segment';
import type { Clause, FuzzyClause, PhraseClause, PhrasePrefixClause } from '../compile/compiled-query.ts';
import { similarity } from '../compile/fuzziness.ts';
import { isWithin } from './is-within.ts';

/** Whether a word of a text is one that a part of the query means. */
export type TermMatcher = (term: string) => boolean;

/** What of a query is marked in one field. */
export interface FieldMarks {
  readonly terms: Set<string>;
  /** Of prefixes, ranges, patterns and fuzzy words. */
  readonly matchers: TermMatcher[];
  readonly phrases: PhraseMarks[];
}
export interface PhraseMarks {
  /** By place of the phrase. */
  readonly words: readonly TermMatcher[];
  readonly offsets: readonly number[];
  readonly slop: number;
}

/** By field, the words that a document may match by. What must not match, and numbers, are not marked. */
export function collectMarks(root: Clause): Map<string, FieldMarks> {
  const fields = new Map<string, FieldMarks>();
  const of = (field: string): FieldMarks => {
    let marks = fields.get(field);
    if (!marks) fields.set(field, (marks = { terms: new Set(), matchers: [], phrases: [] }));
    return marks;
  };
  const visit = (clause: Clause): void => {
    switch (clause.kind) {
      case 'term':
        of(clause.field).terms.add(clause.term);
        break;
      case 'term_set':
        for (const term of clause.terms) of(clause.field).terms.add(term);
        break;
      case 'term_range':
        of(clause.field).matchers.push((term) => isWithin(clause.bounds, term));
        break;
      case 'term_pattern':
        of(clause.field).matchers.push((term) => markOf(clause.automaton, encodeUtf8(term)) > 0);
        break;
      case 'fuzzy':
        of(clause.field).matchers.push(fuzzyMatcher(clause));
        break;
      case 'phrase':
        of(clause.field).phrases.push(phraseMarks(clause, ({ last }) => last && ((term) => last.includes(term))));
        break;
      case 'phrase_prefix': {
        const { field, prefix } = clause;
        const last: TermMatcher = (term) => term.startsWith(prefix);
        if (clause.terms.length === 0) of(field).matchers.push(last);
        else of(field).phrases.push(phraseMarks(clause, () => last));
        break;
      }
      case 'bool':
        for (const child of [...clause.must, ...clause.should, ...clause.filter]) visit(child);
        break;
      case 'dis_max':
        for (const child of clause.clauses) visit(child);
        break;
      case 'function_score':
      case 'min_score':
        visit(clause.clause);
        break;
      default:
    }
  };
  visit(root);
  return fields;
}

/** More than the terms that the word came to stand for where these were too many: which they were is not known here. */
const fuzzyMatcher =
  ({ automaton, word }: FuzzyClause): TermMatcher =>
  (term) => {
    const mark = markOf(automaton, encodeUtf8(term));
    return mark > 0 && similarity(word, term, mark - 1) > 0;
  };

function phraseMarks<T extends PhraseClause | PhrasePrefixClause>(
  clause: T,
  lastOf: (clause: T) => TermMatcher | undefined,
): PhraseMarks {
  const last = lastOf(clause);
  const words = clause.terms.map(
    (wanted): TermMatcher =>
      (term) =>
        term === wanted,
  );
  return { words: last ? [...words, last] : words, offsets: clause.offsets, slop: clause.slop };
}
