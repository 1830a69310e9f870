import type { QueryNode } from '../../query-node.ts';
import { checkRegexp, checkWildcard } from '../check-pattern.ts';
import { isPattern, type FieldBoost } from '../field-boost.ts';
import type { ParseBudget } from '../parse-budget.ts';
import type { Clause, Expression } from './expression.ts';
import type { QueryStringSettings } from './query-string-settings.ts';
import { TextNodes } from './text-nodes.ts';
import { badQueryString, columnOf, type QueryStringSource } from './query-string-source.ts';

export interface LoweringOptions extends QueryStringSettings {
  readonly budget: ParseBudget;
}

/**
 * Expression → query nodes. A word becomes `match` in its field, `multi_match` where there are several or patterns; a
 * list becomes `bool`. Values stay text: whether 007 is a number is the field's matter. The path of a node is the
 * request's path and its column: `q:5`.
 */
export function lowerExpression(source: QueryStringSource, root: Expression, options: LoweringOptions): QueryNode {
  const node = new Lowering(source, options).lower(root, options.fields, false);
  const { minimumShouldMatch } = options;
  return node.type === 'bool' && minimumShouldMatch !== undefined ? { ...node, minimumShouldMatch } : node;
}

class Lowering {
  private readonly texts: TextNodes;

  constructor(
    private readonly source: QueryStringSource,
    private readonly options: LoweringOptions,
  ) {
    this.texts = new TextNodes(options, options.budget);
  }

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
        return this.texts.word(expression.text, fields, path);
      case 'phrase':
        return this.texts.phrase(expression.text, expression.slop, fields, path);
      case 'fuzzy':
        return this.texts.fuzzy(expression.text, expression.edits, fields, path);
      case 'wildcard':
        this.checkWildcard(expression.text, expression.at, path);
        return this.texts.pattern('wildcard', expression.text, fields, path);
      case 'regexp':
        checkRegexp(expression.text, path);
        return this.texts.pattern('regexp', expression.text, fields, path);
      case 'prefix':
        return this.texts.pattern('prefix', expression.text, fields, path);
      default:
        return this.range(expression, this.concrete(expression, fields, 'a range'), path);
    }
  }

  private exists(field: string, path: string): QueryNode {
    this.options.budget.spend(1, path);
    return { type: 'exists', boost: 1, path, field };
  }

  private checkWildcard(text: string, at: number, path: string): void {
    checkWildcard(text, path);
    if (this.options.noLeadingWildcard && /^[*?]/.test(text))
      throw badQueryString(
        this.source,
        at,
        'a wildcard at the beginning of a word, which allow_leading_wildcard forbids',
      );
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
    const lenient = this.options.lenient && { lenient: true as const };
    const queries = fields.map(({ field, boost }): QueryNode =>
      from || to
        ? { type: 'range', path, field, boost, ...bounds, ...lenient }
        : { type: 'exists', path, field, boost },
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
