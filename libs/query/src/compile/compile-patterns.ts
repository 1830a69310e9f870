import { invalid } from '#libs/kernel';
import type { ByteAutomaton, FieldSpec } from '#libs/segment';
import { AutomatonBudget, PatternLimits } from '../automaton/automaton-budget.ts';
import { buildAutomaton } from '../automaton/build-automaton.ts';
import { cachedAutomaton } from '../automaton/automaton-cache.ts';
import { ignoringCase } from '../automaton/ignore-case.ts';
import { levenshteinAutomaton } from '../automaton/levenshtein.ts';
import { parseRegexp } from '../automaton/parse-regexp.ts';
import { ANY_STRING, literal, type Pattern } from '../automaton/pattern.ts';
import { wildcardParts, wildcardPattern } from '../automaton/wildcard-pattern.ts';
import type { FuzzyNode, FuzzyOptions, PrefixNode, RegexpNode, WildcardNode } from '../query-node.ts';
import type { QuerySchema } from '../search.ts';
import { regexpOperators } from '../syntax/regexp-flags.ts';
import { showValue } from '../syntax/show-value.ts';
import { keywordTerm } from './analyze-query.ts';
import type { Clause } from './compiled-query.ts';
import { isNumeric } from './field-value.ts';
import { codePointCount, editsOf } from './fuzziness.ts';

interface PatternContext {
  readonly automata: AutomatonBudget;
  readonly schema: QuerySchema;
}
type Place = { readonly field: string; readonly path: string };

/** The words of a text field, the values of a keyword field that a pattern stands for. */
export function compileWildcard(
  node: Pick<WildcardNode, 'field' | 'value' | 'path' | 'caseInsensitive'>,
  spec: FieldSpec,
  boost: number,
  context: PatternContext,
): Clause {
  const { field, value, path, caseInsensitive } = node;
  checkTerms(spec, node, 'a wildcard');
  const parts = wildcardParts(value).map((part) =>
    part.kind === 'text' ? { ...part, text: asKept(part.text, spec, context) } : part,
  );
  const [first, second] = parts;
  // What needs no automaton: everything, one term, all that begin so.
  if (parts.length === 1 && first!.kind === 'any_string') return { kind: 'exists', field, boost };
  if (!caseInsensitive && parts.every(({ kind }) => kind === 'text'))
    return { kind: 'term_set', field, terms: [first?.kind === 'text' ? first.text : ''], boost };
  if (!caseInsensitive && parts.length === 2 && first!.kind === 'text' && second!.kind === 'any_string')
    return { kind: 'term_range', field, bounds: { prefix: first!.text }, boost };
  const pattern = wildcardPattern(parts);
  const limits = new PatternLimits(context.automata, { text: value, path });
  const key = JSON.stringify(['wildcard', parts, caseInsensitive]);
  const automaton = cachedAutomaton(key, limits, () =>
    buildAutomaton(caseInsensitive ? ignoringCase(pattern) : pattern, limits),
  );
  return patternClause(field, boost, `wildcard ${showValue(value)}`, automaton);
}

export function compileRegexp(
  node: Pick<RegexpNode, 'field' | 'value' | 'path' | 'operators' | 'caseInsensitive' | 'maxDeterminizedStates'>,
  spec: FieldSpec,
  boost: number,
  context: PatternContext,
): Clause {
  const { field, value, path, operators, caseInsensitive, maxDeterminizedStates } = node;
  checkTerms(spec, node, 'a regexp');
  const limits = new PatternLimits(context.automata, { text: value, path }, maxDeterminizedStates);
  const key = JSON.stringify(['regexp', value, operators, caseInsensitive, maxDeterminizedStates]);
  const automaton = cachedAutomaton(key, limits, () =>
    buildAutomaton(parseRegexp(value, regexpOperators(operators), caseInsensitive), limits),
  );
  return patternClause(field, boost, `regexp ${showValue(value)}`, automaton);
}

export function compilePrefix(
  node: Pick<PrefixNode, 'field' | 'value' | 'path' | 'caseInsensitive'>,
  spec: FieldSpec,
  boost: number,
  context: PatternContext,
): Clause {
  const { field, caseInsensitive } = node;
  checkTerms(spec, node, 'a prefix');
  const value = asKept(node.value, spec, context);
  // Every word begins with nothing.
  if (value === '') return { kind: 'exists', field, boost };
  if (!caseInsensitive) return { kind: 'term_range', field, bounds: { prefix: value }, boost };
  const pattern: Pattern = { kind: 'sequence', parts: [literal(value), ANY_STRING] };
  return inAnyCase(pattern, node, boost, `prefix ${showValue(value)}`, context);
}

/** A term of a text or keyword field, upper and lower case being the same. */
export const compileTermInAnyCase = (
  node: Place & { readonly value: string },
  boost: number,
  context: PatternContext,
): Clause => inAnyCase(literal(node.value), node, boost, `term ${showValue(node.value)}`, context);

export function compileFuzzy(
  node: Pick<FuzzyNode, 'field' | 'value' | 'path' | 'fuzzy'>,
  spec: FieldSpec,
  boost: number,
  context: PatternContext,
): Clause {
  checkTerms(spec, node, 'fuzzy search');
  return fuzzyWord(asKept(String(node.value), spec, context), node.fuzzy, node, boost, context);
}

/** One word of a text or keyword field and those that are like it. */
export function fuzzyWord(
  word: string,
  { fuzziness, prefixLength, maxExpansions, transpositions }: FuzzyOptions,
  { field, path }: Place,
  boost: number,
  context: PatternContext,
): Clause {
  const distance = editsOf(fuzziness, codePointCount(word));
  if (distance === 0) return { kind: 'term', field, term: word, boost };
  const automaton = levenshteinAutomaton({ word, distance, prefixLength, transpositions }, context.automata, path);
  return { kind: 'fuzzy', field, word, automaton, maxExpansions, boost };
}

function inAnyCase(
  pattern: Pattern,
  { field, path, value }: Place & { readonly value: string },
  boost: number,
  shown: string,
  context: PatternContext,
): Clause {
  const limits = new PatternLimits(context.automata, { text: value, path });
  return patternClause(field, boost, shown, buildAutomaton(ignoringCase(pattern), limits));
}

function patternClause(field: string, boost: number, shown: string, automaton: ByteAutomaton): Clause {
  // Nothing can match: known without asking any dictionary.
  if (automaton.marks.length === 0) return { kind: 'none' };
  return { kind: 'term_pattern', field, automaton, shown, boost };
}

/** A keyword field's normalizer speaks of parts of its values too; words of text fields are taken as they stand. */
const asKept = (text: string, spec: FieldSpec, { schema }: PatternContext): string =>
  spec.type === 'keyword' ? keywordTerm(text, spec, schema) : text;

function checkTerms({ type }: FieldSpec, { field, path }: Place, what: string): void {
  if (!isNumeric(type)) return;
  throw invalid(
    'field_type_mismatch',
    `${path}: ${what} needs a text or keyword field, but "${field}" is a ${type} field; use range`,
    { field, type, path },
  );
}
