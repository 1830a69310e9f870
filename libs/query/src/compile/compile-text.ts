import { invalid } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import type { MatchNode, MatchPhraseNode, MatchPhrasePrefixNode, TextOptions } from '../query-node.ts';
import { analyzeQuery } from './analyze-query.ts';
import { boolClause } from './bool-clause.ts';
import { compilePrefix, fuzzyWord } from './compile-patterns.ts';
import type { CompileContext } from './compile-query.ts';
import type { Clause } from './compiled-query.ts';
import { isNumeric } from './field-value.ts';
import { resolveMinimumShouldMatch } from './minimum-should-match.ts';
import { phraseOfSlots, slotClauses } from './slot-clauses.ts';
import { termOf } from './term-of.ts';

type MatchParts = Omit<MatchNode, 'type' | 'boost'>;

/** What a text finds that has no words. */
export const withoutWords = ({ zeroTerms }: TextOptions, boost: number): Clause =>
  zeroTerms === 'all' ? { kind: 'all', boost } : { kind: 'none' };

export function compileMatch(node: MatchParts, spec: FieldSpec, boost: number, context: CompileContext): Clause {
  if (isNumeric(spec.type)) {
    if (node.fuzzy) throw needsWords('fuzziness', node, spec);
    return termOf(spec, node.field, node.query, boost, node.path, context);
  }
  const { terms, slots } = analyzeQuery(String(node.query), spec, context.schema, node.analyzer, node.path);
  context.budget.spend(terms.length, node.path);
  const word = (term: string): Clause => wordClause(node, term, boost, context);
  return combine(node, slots ? slotClauses(node.field, slots, boost, word) : terms.map(word), boost);
}

/** As a match; the last word is a prefix, which scores its boost. */
export function compileBoolPrefix(node: MatchParts, spec: FieldSpec, boost: number, context: CompileContext): Clause {
  if (isNumeric(spec.type)) throw needsWords('match_bool_prefix', node, spec);
  const { terms } = analyzeQuery(String(node.query), spec, context.schema, node.analyzer);
  context.budget.spend(terms.length, node.path);
  const clauses = terms.map((term, at) =>
    at < terms.length - 1
      ? wordClause(node, term, boost, context)
      : compilePrefix({ field: node.field, value: term, path: node.path }, spec, boost, context),
  );
  return combine(node, clauses, boost);
}

function wordClause(node: MatchParts, term: string, boost: number, context: CompileContext): Clause {
  if (node.fuzzy) return fuzzyWord(term, node.fuzzy, node, boost, context);
  return { kind: 'term', field: node.field, term, boost };
}

function combine(node: MatchParts, clauses: readonly Clause[], boost: number): Clause {
  if (clauses.length === 0) return withoutWords(node, boost);
  if (node.operator === 'and') return boolClause({ must: clauses });
  const minimum = node.minimumShouldMatch;
  return boolClause({
    should: clauses,
    ...(minimum !== undefined && {
      minimumShouldMatch: resolveMinimumShouldMatch(minimum, clauses.length, node.path),
    }),
  });
}

export function compilePhrase(
  node: Omit<MatchPhraseNode, 'type' | 'boost'>,
  spec: FieldSpec,
  boost: number,
  context: CompileContext,
): Clause {
  const { field } = node;
  if (spec.type !== 'text') {
    if (node.slop > 0) {
      throw invalid(
        'phrase_needs_text',
        `${node.path}: a phrase with slop needs words, but "${field}" is a ${spec.type} field; use match, or a text field`,
        { field, type: spec.type, path: node.path },
      );
    }
    return termOf(spec, field, node.query, boost, node.path, context);
  }
  const { path, analyzer } = node;
  const { terms, positions, slots } = analyzeQuery(String(node.query), spec, context.schema, analyzer, path);
  context.budget.spend(terms.length, path);
  if (slots) return phraseOfSlots(field, slots, node.slop, boost, path);
  if (terms.length === 0) return withoutWords(node, boost);
  if (terms.length === 1) return { kind: 'term', field, term: terms[0]!, boost };
  const offsets = positions.map((position) => position - positions[0]!);
  return { kind: 'phrase', field, terms, offsets, slop: node.slop, boost };
}

/** In a keyword field, which has no words: the values that begin with the text. */
export function compilePhrasePrefix(
  node: Omit<MatchPhrasePrefixNode, 'type' | 'boost'>,
  spec: FieldSpec,
  boost: number,
  context: CompileContext,
): Clause {
  const { field, path, slop, maxExpansions } = node;
  if (isNumeric(spec.type)) throw needsWords('match_phrase_prefix', node, spec);
  if (spec.type === 'keyword') return compilePrefix({ field, value: String(node.query), path }, spec, boost, context);
  const { terms, positions } = analyzeQuery(String(node.query), spec, context.schema, node.analyzer);
  context.budget.spend(terms.length, path);
  if (terms.length === 0) return withoutWords(node, boost);
  const offsets = positions.map((position) => position - positions[0]!);
  return {
    kind: 'phrase_prefix',
    field,
    terms: terms.slice(0, -1),
    prefix: terms.at(-1)!,
    offsets,
    slop,
    maxExpansions,
    boost,
  };
}

function needsWords(what: string, { field, path }: { field: string; path: string }, { type }: FieldSpec): Error {
  return invalid(
    'field_type_mismatch',
    `${path}: ${what} needs a text or keyword field, but "${field}" is a ${type} field; use term or range`,
    { field, type, path },
  );
}
