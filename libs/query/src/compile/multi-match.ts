import { invalid } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import { DEFAULT_FUZZY, DEFAULT_MAX_EXPANSIONS } from '../syntax/limits.ts';
import type { MatchNode, MultiMatchNode } from '../query-node.ts';
import { analyzeQuery, foldsCase, searchAnalyzer } from './analyze-query.ts';
import { boolClause } from './bool-clause.ts';
import type { CompileContext, CompileField } from './compile-query.ts';
import type { compileFuzzy, compilePrefix, compileRegexp, compileWildcard } from './compile-patterns.ts';
import { withoutWords, type compilePhrase, type compilePhrasePrefix } from './compile-text.ts';
import type { Clause } from './compiled-query.ts';
import { requireIndexed } from './indexed-field.ts';
import { orNone } from './lenient.ts';
import { resolveMinimumShouldMatch } from './minimum-should-match.ts';
import { matchesPattern } from './name-pattern.ts';

/** More fields than this in one query are a mistake, and slow. */
const MAX_FIELDS = 1024;

export interface FieldCompilers {
  readonly match: CompileField<Omit<MatchNode, 'type' | 'boost'>>;
  readonly boolPrefix: FieldCompilers['match'];
  readonly phrase: typeof compilePhrase;
  readonly phrasePrefix: typeof compilePhrasePrefix;
  readonly prefix: typeof compilePrefix;
  readonly wildcard: typeof compileWildcard;
  readonly regexp: typeof compileRegexp;
  readonly fuzzy: typeof compileFuzzy;
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
 * most_fields and bool_prefix: the sum. cross_fields: fields with the same analyzer count as one big field: each word scores by
 * its best field, with document frequencies blended. All others: the best field's score and a share of the others'.
 */
export function compileMultiMatch(
  node: MultiMatchNode,
  boost: number,
  context: CompileContext,
  compile: FieldCompilers,
): Clause {
  const fields = targetFields(node, context);
  const one = (field: TargetField): Clause =>
    orNone(field.lenient || node.lenient, () => compileOne(node, field, boost * field.boost, context, compile));
  switch (node.mode) {
    case 'most_fields':
    case 'bool_prefix':
      return boolClause({ should: fields.map(one), minimumShouldMatch: 1 });
    case 'cross_fields': {
      const groups = Map.groupBy(fields, ({ spec }) =>
        spec.type === 'text' ? `text ${searchAnalyzer(spec)}` : spec.type,
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

function compileOne(
  node: MultiMatchNode,
  { name: field, spec }: TargetField,
  boost: number,
  context: CompileContext,
  compile: FieldCompilers,
): Clause {
  const text = String(node.query);
  const folds = foldsCase(spec, context.schema);
  const word = { field, value: folds ? text.toLowerCase() : text, path: node.path };
  switch (node.mode) {
    case 'phrase':
      return compile.phrase({ ...node, field, slop: node.slop ?? 0 }, spec, boost, context);
    case 'phrase_prefix': {
      const { slop = 0, maxExpansions = DEFAULT_MAX_EXPANSIONS } = node;
      return compile.phrasePrefix({ ...node, field, slop, maxExpansions }, spec, boost, context);
    }
    case 'bool_prefix':
      return compile.boolPrefix({ ...node, field }, spec, boost, context);
    case 'prefix':
      return compile.prefix(word, spec, boost, context);
    case 'wildcard':
      return compile.wildcard(word, spec, boost, context);
    case 'regexp': {
      const { maxDeterminizedStates } = node;
      // Lower-casing its text would make \W of \w.
      const options = {
        ...(folds && { caseInsensitive: true as const }),
        ...(maxDeterminizedStates && { maxDeterminizedStates }),
      };
      return compile.regexp({ ...word, value: text, ...options }, spec, boost, context);
    }
    case 'fuzzy':
      return compile.fuzzy({ ...word, fuzzy: node.fuzzy ?? DEFAULT_FUZZY }, spec, boost, context);
    default:
      return compile.match({ ...node, field }, spec, boost, context);
  }
}

function crossFields(
  node: MultiMatchNode,
  fields: readonly TargetField[],
  boost: number,
  { schema, budget }: CompileContext,
  { disMax }: FieldCompilers,
): Clause {
  const { terms } = analyzeQuery(String(node.query), fields[0]!.spec, schema, node.analyzer);
  budget.spend(terms.length * fields.length, node.path);
  const blend = fields.map(({ name }) => name);
  const words = terms.map((term) =>
    disMax(
      fields.map((field): Clause => ({ kind: 'term', field: field.name, term, boost: boost * field.boost, blend })),
      node.tieBreaker,
    ),
  );
  if (words.length === 0) return withoutWords(node, boost);
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
    if (!spec || (lenient && spec.index === false)) return;
    requireIndexed(spec, name, node.path);
    if (!found.has(name)) found.set(name, { name, spec, boost, lenient });
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
