import type { Clause, CompiledQuery } from '../compile/compiled-query.ts';

export interface QueryTerm {
  readonly field: string;
  readonly term: string;
}

/** The terms whose document frequency the scores of this query depend on, each once. */
export function collectTerms({ root }: CompiledQuery): QueryTerm[] {
  const found = new Map<string, QueryTerm>();
  const add = (field: string, term: string): unknown => found.set(`${field}\0${term}`, { field, term });
  const visit = (clause: Clause): void => {
    switch (clause.kind) {
      case 'term':
        add(clause.field, clause.term);
        for (const field of clause.blend ?? []) add(field, clause.term);
        break;
      case 'phrase':
        for (const term of clause.terms) add(clause.field, term);
        break;
      case 'bool':
        // Filters and exclusions do not score.
        for (const child of [...clause.must, ...clause.should]) visit(child);
        break;
      case 'dis_max':
        for (const child of clause.clauses) visit(child);
        break;
      default:
    }
  };
  visit(root);
  return [...found.values()];
}
