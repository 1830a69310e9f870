import { invalid, isQuarryError } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import type { MatchNode, MatchPhraseNode, MultiMatchNode, PrefixNode } from '../query-node.ts';
import { analyzeQuery, DEFAULT_ANALYZER } from './analyze-query.ts';
import { boolClause } from './bool-clause.ts';
import type { CompileContext, CompileField } from './compile-query.ts';
import type { Clause } from './compiled-query.ts';
import { resolveMinimumShouldMatch } from './minimum-should-match.ts';
import { matchesPattern } from './name-pattern.ts';

/** More fields than this in one query are a mistake, and slow. */
const MAX_FIELDS = 1024;

/** What a field that a pattern found may be unfit for. */
const LENIENT = new Set(['bad_value', 'field_type_mismatch', 'phrase_needs_text']);

export interface FieldCompilers {
  readonly match: CompileField<Pick<MatchNode, 'field' | 'query' | 'operator' | 'minimumShouldMatch' | 'path'>>;
  readonly phrase: CompileField<Pick<MatchPhraseNode, 'field' | 'query' | 'slop' | 'path'>>;
  readonly prefix: (node: Pick<PrefixNode, 'field' | 'value' | 'path'>, spec: FieldSpec, boost: number) => Clause;
  readonly disMax: (clauses: readonly Clause[], tieBreaker: number) => Clause;
}

interface TargetField {
  readonly name: string;
  readonly spec: FieldSpec;
  readonly boost: number;
  /** Came from a pattern: a value that it cannot hold is no error. */
  readonly lenient: boolean;
}

/**
 * best_fields, phrase and prefix: the best field's score and a share of the others'. most_fields: the sum. cross_fields: fields
 * with the same analyzer count as one big field: each word scores by its best field, with document frequencies blended.
 */
export function compileMultiMatch(
  node: MultiMatchNode,
  boost: number,
  context: CompileContext,
  compile: FieldCompilers,
): Clause {
  const fields = targetFields(node, context);
  const one = (field: TargetField): Clause => {
    const by = boost * field.boost;
    try {
      const { name, spec } = field;
      if (node.mode === 'phrase') {
        return compile.phrase(
          { field: name, query: node.query, slop: node.slop ?? 0, path: node.path },
          spec,
          by,
          context,
        );
      }
      if (node.mode === 'prefix') {
        const text = String(node.query);
        const value = spec.type === 'text' ? text.toLowerCase() : text;
        return compile.prefix({ field: name, value, path: node.path }, spec, by);
      }
      return compile.match({ ...node, field: name }, spec, by, context);
    } catch (error) {
      if (field.lenient && isQuarryError(error) && LENIENT.has(error.code)) return { kind: 'none' };
      throw error;
    }
  };
  switch (node.mode) {
    case 'most_fields':
      return boolClause({ should: fields.map(one), minimumShouldMatch: 1 });
    case 'cross_fields': {
      const groups = Map.groupBy(fields, ({ spec }) =>
        spec.type === 'text' ? `text ${spec.analyzer ?? DEFAULT_ANALYZER}` : spec.type,
      );
      const clauses = [...groups].flatMap(([type, group]) =>
        type.startsWith('text') || type === 'keyword'
          ? [crossFields(node, group, boost, context, compile)]
          : group.map(one),
      );
      return compile.disMax(clauses, node.tieBreaker);
    }
    default:
      return compile.disMax(fields.map(one), node.tieBreaker);
  }
}

function crossFields(
  node: MultiMatchNode,
  fields: readonly TargetField[],
  boost: number,
  { schema, budget }: CompileContext,
  { disMax }: FieldCompilers,
): Clause {
  const { terms } = analyzeQuery(String(node.query), fields[0]!.spec, schema);
  budget.spend(terms.length * fields.length, node.path);
  const blend = fields.map(({ name }) => name);
  const words = terms.map((term) =>
    disMax(
      fields.map((field): Clause => ({ kind: 'term', field: field.name, term, boost: boost * field.boost, blend })),
      node.tieBreaker,
    ),
  );
  if (words.length === 0) return { kind: 'none' };
  if (node.operator === 'and') return boolClause({ must: words });
  return boolClause({
    should: words,
    ...(node.minimumShouldMatch !== undefined && {
      minimumShouldMatch: resolveMinimumShouldMatch(node.minimumShouldMatch, words.length, node.path),
    }),
  });
}

function targetFields(node: MultiMatchNode, { schema }: CompileContext): TargetField[] {
  const found = new Map<string, TargetField>();
  const add = (name: string, boost: number, lenient: boolean): void => {
    const spec = schema.field(name);
    if (spec && !found.has(name)) found.set(name, { name, spec, boost, lenient });
  };
  // Names first: a pattern that covers a name too does not change its boost.
  for (const { field, boost } of node.fields) if (!field.includes('*')) add(field, boost, false);
  const wordy = (name: string): boolean => ['text', 'keyword'].includes(schema.field(name)!.type);
  const names = schema.fieldNames();
  if (node.fields.length === 0) for (const name of names) if (wordy(name)) add(name, 1, true);
  for (const { field, boost } of node.fields) {
    if (field.includes('*')) for (const name of names) if (matchesPattern(field, name)) add(name, boost, true);
  }
  if (found.size > MAX_FIELDS) {
    throw invalid(
      'too_many_fields',
      `${node.path}: ${found.size} fields match, at most ${MAX_FIELDS} can be searched; name fewer`,
      {
        count: found.size,
        limit: MAX_FIELDS,
        path: node.path,
      },
    );
  }
  return [...found.values()];
}
