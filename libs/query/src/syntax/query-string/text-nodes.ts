import type { MultiMatchNode, QueryNode, WordMode } from '../../query-node.ts';
import { isPattern, type FieldBoost } from '../field-boost.ts';
import { DEFAULT_FUZZY } from '../limits.ts';
import type { ParseBudget } from '../parse-budget.ts';
import type { QueryStringSettings } from './query-string-settings.ts';

type MultiMatchParts = Partial<MultiMatchNode> & Pick<MultiMatchNode, 'mode'>;

/** Words, phrases and patterns of a query string → nodes: `match` in one field, `multi_match` in several. */
export class TextNodes {
  constructor(
    private readonly settings: QueryStringSettings,
    private readonly budget: ParseBudget,
  ) {}

  word(query: string, fields: readonly FieldBoost[], path: string): QueryNode {
    const mode = this.settings.type ?? 'best_fields';
    if (mode !== 'best_fields' && mode !== 'most_fields') return this.multiMatch({ mode, query }, fields, path);
    const only = this.onlyField(fields);
    if (!only) return this.multiMatch({ mode, query }, fields, path);
    this.budget.spend(1, path);
    return {
      type: 'match',
      path,
      field: only.field,
      boost: only.boost,
      query,
      operator: this.settings.defaultOperator,
      ...this.textOptions(),
    };
  }

  phrase(query: string, slop: number, fields: readonly FieldBoost[], path: string): QueryNode {
    const only = this.onlyField(fields);
    if (!only) return this.multiMatch({ mode: 'phrase', query, ...(slop > 0 && { slop }) }, fields, path);
    this.budget.spend(1, path);
    return { type: 'match_phrase', path, field: only.field, boost: only.boost, query, slop, ...this.textOptions() };
  }

  /**
   * A part of a word, as a rule not a whole one, so that it is not analyzed. Not a `prefix` query even in one field: that
   * one takes its value as it stands, and a text field's words are lower-case.
   */
  pattern(mode: Exclude<WordMode, 'fuzzy'>, query: string, fields: readonly FieldBoost[], path: string): QueryNode {
    const { maxDeterminizedStates } = this.settings;
    const limit = mode === 'regexp' && maxDeterminizedStates !== undefined && { maxDeterminizedStates };
    return this.multiMatch({ mode, query, ...limit }, fields, path);
  }

  /** @param edits undefined: as the settings say */
  fuzzy(query: string, edits: 0 | 1 | 2 | undefined, fields: readonly FieldBoost[], path: string): QueryNode {
    const { fuzzy = DEFAULT_FUZZY } = this.settings;
    const asked = edits === undefined ? fuzzy : { ...fuzzy, fuzziness: edits };
    return this.multiMatch({ mode: 'fuzzy', query, fuzzy: asked }, fields, path);
  }

  private multiMatch(
    parts: MultiMatchParts & { query: string },
    fields: readonly FieldBoost[],
    path: string,
  ): QueryNode {
    const { defaultOperator, tieBreaker = 0 } = this.settings;
    this.budget.spend(Math.max(1, fields.length), path);
    const shared = { type: 'multi_match', boost: 1, path, fields, operator: defaultOperator, tieBreaker } as const;
    return { ...shared, ...parts, ...this.textOptions() };
  }

  private onlyField(fields: readonly FieldBoost[]): FieldBoost | undefined {
    return fields.length === 1 && !isPattern(fields[0]!.field) ? fields[0] : undefined;
  }

  private textOptions(): { analyzer?: string; lenient?: true } {
    const { analyzer, lenient } = this.settings;
    return { ...(analyzer !== undefined && { analyzer }), ...(lenient && { lenient }) };
  }
}
