import type { Operator, QueryNode } from '../../query-node.ts';
import { isPattern, type FieldBoost } from '../field-boost.ts';
import type { ParseBudget } from '../parse-budget.ts';
import type { Clause, Expression } from './expression.ts';
import { badQueryString, columnOf, type QueryStringSource } from './query-string-source.ts';

export interface LoweringOptions {
  /** Fields of words without one of their own; empty: all text and keyword fields. */
  readonly fields: readonly FieldBoost[];
  readonly defaultOperator: Operator;
  readonly budget: ParseBudget;
}

/**
 * Expression → query nodes. A word becomes `match` in its field, `multi_match` where there are several or patterns; a
 * list becomes `bool`. Values stay text: whether 007 is a number is the field's matter. The path of a node is the
 * request's path and its column: `q:5`.
 */
export function lowerExpression(source: QueryStringSource, root: Expression, options: LoweringOptions): QueryNode {
  return new Lowering(source, options).lower(root, options.fields, false);
}

class Lowering {
  constructor(
    private readonly source: QueryStringSource,
    private readonly options: LoweringOptions,
  ) {}

  /** `named`: the fields were given in the text (`field:…`), not taken from the defaults. */
  lower(expression: Expression, fields: readonly FieldBoost[], named: boolean): QueryNode {
    const path = `${this.source.path}:${columnOf(expression.at)}`;
    switch (expression.kind) {
      case 'list': {
        this.options.budget.spend(1, path);
        const clauses = (occur: Clause['occur']): QueryNode[] =>
          expression.clauses
            .filter((clause) => clause.occur === occur)
            .map((clause) => this.lower(clause.of, fields, named));
        const [must, should, mustNot] = [clauses('must'), clauses('should'), clauses('must_not')];
        return { type: 'bool', boost: 1, path, must, should, mustNot, filter: [] };
      }
      case 'boost': {
        const of = this.lower(expression.of, fields, named);
        return { ...of, boost: of.boost * expression.factor };
      }
      case 'field':
        if (expression.field === '_exists_' && expression.of.kind === 'word')
          return this.exists(expression.of.text, path);
        return this.lower(expression.of, [{ field: expression.field, boost: 1 }], true);
      case 'all':
        this.options.budget.spend(1, path);
        return { type: 'match_all', boost: 1, path };
      case 'any':
        if (named) return this.exists(this.concrete(expression, fields, 'field:*')[0]!.field, path);
        this.options.budget.spend(1, path);
        return { type: 'match_all', boost: 1, path };
      case 'word':
      case 'phrase':
        return this.words(expression, fields, path);
      case 'prefix':
        // Not a `prefix` query even in one field: that one takes its value as it stands, and a text field's words are
        // lower-case.
        this.options.budget.spend(Math.max(1, fields.length), path);
        return {
          type: 'multi_match',
          boost: 1,
          path,
          fields,
          query: expression.text,
          mode: 'prefix',
          operator: this.options.defaultOperator,
          tieBreaker: 0,
        };
      default:
        return this.range(expression, this.concrete(expression, fields, 'a range'), path);
    }
  }

  private exists(field: string, path: string): QueryNode {
    this.options.budget.spend(1, path);
    return { type: 'exists', boost: 1, path, field };
  }

  private words(
    expression: Expression & { kind: 'word' | 'prefix' | 'phrase' },
    fields: readonly FieldBoost[],
    path: string,
  ): QueryNode {
    this.options.budget.spend(Math.max(1, fields.length), path);
    const slop = expression.kind === 'phrase' ? expression.slop : undefined;
    const query = expression.text;
    const operator = this.options.defaultOperator;
    const only = fields.length === 1 && !isPattern(fields[0]!.field) ? fields[0]! : undefined;
    if (only)
      return slop === undefined
        ? { type: 'match', path, field: only.field, boost: only.boost, query, operator }
        : { type: 'match_phrase', path, field: only.field, boost: only.boost, query, slop };
    const shared = { type: 'multi_match', boost: 1, path, fields, query, operator, tieBreaker: 0 } as const;
    if (slop === undefined) return { ...shared, mode: 'best_fields' };
    return { ...shared, mode: 'phrase', ...(slop > 0 && { slop }) };
  }

  private range(
    { lower: from, upper: to }: Expression & { kind: 'range' },
    fields: readonly FieldBoost[],
    path: string,
  ): QueryNode {
    this.options.budget.spend(fields.length, path);
    const bounds = {
      ...(from && { [from.inclusive ? 'gte' : 'gt']: from.value }),
      ...(to && { [to.inclusive ? 'lte' : 'lt']: to.value }),
    };
    const queries = fields.map(({ field, boost }): QueryNode =>
      from || to ? { type: 'range', path, field, boost, ...bounds } : { type: 'exists', path, field, boost },
    );
    return queries.length === 1 ? queries[0]! : { type: 'dis_max', boost: 1, path, queries, tieBreaker: 0 };
  }

  /** The fields by name, for what cannot be asked of a pattern. */
  private concrete(expression: Expression, fields: readonly FieldBoost[], what: string): readonly FieldBoost[] {
    if (fields.length > 0 && !fields.some(({ field }) => isPattern(field))) return fields;
    throw badQueryString(
      this.source,
      expression.at,
      `${what} needs a field by name, as in price:[1 TO 5]; here it would apply to ${
        fields.length === 0 ? 'all fields' : fields.map(({ field }) => field).join(', ')
      }`,
    );
  }
}
