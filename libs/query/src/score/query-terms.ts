import { childrenOf, filtersOf } from '../compile/clause-children.ts';
import { phraseWords } from '../compile/phrase-words.ts';
import type { Clause, CompiledQuery } from '../compile/compiled-query.ts';
import { TermMap } from './term-map.ts';

export interface QueryTerm {
  readonly field: string;
  readonly term: string;
}

/** The terms whose document frequency the scores of this query depend on, each once; of fuzzy words once they are chosen. */
export function collectTerms(compiled: CompiledQuery): QueryTerm[] {
  const found = new TermMap<QueryTerm>();
  const add = (field: string, term: string): void => {
    if (!found.get(field, term)) found.set(field, term, { field, term });
  };
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
        for (const child of clause.must) visit(child);
        for (const child of clause.should) visit(child);
        for (const child of clause.filter) visitFilter(child);
        for (const child of clause.mustNot) visitFilter(child);
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
  if (compiled.root !== compiled.query) visitFilter(compiled.root);
  return found.values();
}
