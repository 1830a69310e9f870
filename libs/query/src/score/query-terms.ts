import { childrenOf, filtersOf } from '../compile/clause-children.ts';
import { phraseWords } from '../compile/phrase-words.ts';
import type { Clause, CompiledQuery } from '../compile/compiled-query.ts';

export interface QueryTerm {
  readonly field: string;
  readonly term: string;
}

/** Names a term of a field in maps. */
export const termKey = (field: string, term: string): string => `${field}\0${term}`;

/** The terms whose document frequency the scores of this query depend on, each once; of fuzzy words once they are chosen. */
export function collectTerms(compiled: CompiledQuery): QueryTerm[] {
  const found = new Map<string, QueryTerm>();
  const add = (field: string, term: string): unknown => found.set(termKey(field, term), { field, term });
  const visit = (clause: Clause): void => {
    switch (clause.kind) {
      case 'term':
        add(clause.field, clause.term);
        for (const field of clause.blend ?? []) add(field, clause.term);
        for (const term of clause.blendTerms ?? []) add(clause.field, term);
        break;
      case 'phrase':
      case 'phrase_prefix':
        for (const term of phraseWords(clause).flat()) add(clause.field, term);
        break;
      case 'bool':
        for (const child of [...clause.must, ...clause.should]) visit(child);
        for (const child of [...clause.filter, ...clause.mustNot]) visitFilter(child);
        break;
      case 'dis_max':
        for (const child of clause.clauses) visit(child);
        break;
      case 'function_score':
        visit(clause.clause);
        for (const filter of filtersOf(clause)) visitFilter(filter);
        break;
      case 'min_score':
        visit(clause.clause);
        break;
      default:
    }
  };
  // What filters and excludes does not score, unless to say what matches.
  const visitFilter = (clause: Clause): void => {
    if (clause.kind === 'min_score') visit(clause);
    else for (const child of childrenOf(clause)) visitFilter(child);
  };
  visit(compiled.query);
  visitFilter(compiled.root);
  return [...found.values()];
}
