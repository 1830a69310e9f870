import type { Clause, CompiledQuery, FunctionScoreClause } from './compiled-query.ts';

/** The clauses right below one that has clauses. */
export function childrenOf(clause: Clause): readonly Clause[] {
  switch (clause.kind) {
    case 'bool':
      return [...clause.must, ...clause.should, ...clause.filter, ...clause.mustNot];
    case 'dis_max':
      return clause.clauses;
    case 'function_score':
      return [clause.clause, ...filtersOf(clause)];
    case 'min_score':
      return [clause.clause];
    default:
      return [];
  }
}

export const filtersOf = ({ functions }: FunctionScoreClause): Clause[] =>
  functions.map(({ filter }) => filter).filter((filter) => filter !== undefined);

/** Every clause that a search asks about, each once. */
export const clausesOf = ({ root, query, named }: CompiledQuery): Set<Clause> =>
  new Set([root, query, ...named.map(({ clause }) => clause)]);
