import { childrenOf, clausesOf } from '../compile/clause-children.ts';
import type { Clause, CompiledQuery } from '../compile/compiled-query.ts';
import { phraseWords } from '../compile/phrase-words.ts';
import { needsSource } from '../needs-source.ts';
import type { SearchRequest } from '../search-request.ts';
import type { SearchableSegment } from '../search.ts';
import type { SuggestPlan } from '../suggest/plan-suggest.ts';
import { expectedAggNs, expectedToldAggNs } from './expected-agg-work.ts';
import type { SegmentData } from './segment-data.ts';
import { filterKey } from './segment-results.ts';
import type { SegmentState } from './segment-state.ts';
import type { SortPlan } from './sort-plan.ts';
import { toldCount } from './told-count.ts';

/**
 * What a search will compute, as far as the dictionaries tell. The numbers are ns, the least of many warm runs over 50,000
 * articles of Wikipedia in one segment; what is expected is mostly within a factor of two of what it takes (BENCHMARKS.md).
 */
const NS = {
  /** Everything that a segment costs beside its documents. */
  segment: 25_000,
  /** A posting that is scored. Skipping whole blocks makes most far cheaper, which the rule does not count on. */
  scored: 5,
  /** A posting that becomes a bit. */
  listed: 4,
  /** A document that may hold a phrase: 25 where its words are rare in it, 450 where they are `of` and `the`. */
  phrase: 100,
  /** A value that is compared with a range. */
  ranged: 12,
  /** A document of a match that looks at no value. */
  passed: 3,
  /** A term that a prefix or a pattern stands for. */
  expanded: 600,
  /** A term that an automaton is run over. */
  walked: 25,
  function: 30,
  sorted: 12,
  /** A hit with its document, from a block that is inflated already, or with its id alone. */
  document: 2_500,
  id: 800,
  explained: 10_000,
  /** A filter that takes longer is asked for in the cache. */
  worthAsking: 200_000,
};

/** Printable ASCII. */
const FIRST_BYTE = 0x20;
const LAST_BYTE = 0x7e;

/**
 * The dictionaries' part, in ms, before any was read: what patterns and fuzzy words walk. A pattern that begins with letters
 * walks the part of the dictionary that does.
 */
export function expectedDictionaryMs(
  compiled: CompiledQuery,
  suggest: readonly SuggestPlan[],
  states: readonly { readonly segment: SearchableSegment }[],
): number {
  let ns = 0;
  const walk = (field: string, { classes, next }: Automaton): void => {
    let alive = 0;
    // From the start, which is state 0.
    for (let byte = FIRST_BYTE; byte <= LAST_BYTE; byte++) if (next[classes[byte]!]! >= 0) alive++;
    const share = (NS.walked * alive) / (LAST_BYTE - FIRST_BYTE + 1);
    for (const { segment } of states) ns += share * (segment.reader.field(field)?.termCount ?? 0);
  };
  const visit = (clause: Clause): void => {
    if (clause.kind === 'term_pattern' || clause.kind === 'fuzzy') walk(clause.field, clause.automaton);
    else for (const child of childrenOf(clause)) visit(child);
  };
  for (const clause of clausesOf(compiled)) visit(clause);
  for (const { suggester, tokens } of suggest)
    for (const { automaton } of tokens) if (automaton) walk(suggester.field, automaton);
  return ns / 1e6;
}

type Automaton = Extract<Clause, { kind: 'fuzzy' }>['automaton'];

/** What a task is about, after its first round. */
export interface ExpectedTask {
  /** With the terms that fuzzy words stand for. */
  readonly compiled: CompiledQuery;
  readonly request: SearchRequest;
  readonly sort: SortPlan;
  /** from + size */
  readonly limit: number;
}

/** All that is left after the dictionaries, in ms. */
export function expectedMs(task: ExpectedTask, states: readonly Pick<SegmentState, 'data' | 'aggregations'>[]): number {
  const { compiled, request, sort, limit } = task;
  const { root, query } = compiled;
  const byFields = !sort.byScore && limit > 0;
  const counts = request.trackTotalHits === true || limit === 0;
  let ns = 0;
  let found = 0;
  for (const { data, aggregations } of states) {
    const { rest, told } = aggregations.split;
    const own = new SegmentWork(data);
    const matches = own.matches(root);
    found += matches;
    ns += NS.segment;
    if (sort.byScore && limit > 0) ns += own.scoring(root);
    if (rest.length > 0 || byFields || (counts && toldCount(root, data) === undefined)) ns += own.listing(root);
    if (byFields) ns += matches * NS.sorted + (sort.scored ? own.scoring(root) : 0);
    ns += expectedToldAggNs(told, data);
    if (rest.length === 0) continue;
    if (query !== root) ns += own.listing(query);
    ns += expectedAggNs(rest, own.matches(query), data, (clause) => own.listing(clause));
  }
  const hits = Math.min(limit, found);
  ns += hits * (needsSource(request) ? NS.document : NS.id);
  if (request.explain === true) ns += hits * NS.explained;
  return ns / 1e6;
}

/** One segment's. Estimates are upper bounds where clauses meet: how much they overlap is not known. */
class SegmentWork {
  constructor(private readonly data: SegmentData) {}

  matches(clause: Clause): number {
    const { data } = this;
    switch (clause.kind) {
      case 'none':
        return 0;
      case 'term':
        return data.term(clause.field, clause.term)?.docFreq ?? 0;
      case 'phrase':
        return least(
          phraseWords(clause).map((words) => this.sumOf(words.map((term) => data.term(clause.field, term)))),
        );
      case 'term_set':
        return Math.min(data.docCount, this.sumOf(data.termSet(clause)));
      case 'term_range':
      case 'term_pattern':
        return Math.min(data.docCount, this.sumOf(data.expansion(clause)));
      case 'ids':
        return clause.ids.length;
      case 'exists':
        return data.reader.field(clause.field)?.docCount ?? 0;
      case 'fuzzy':
      case 'phrase_prefix':
        return this.matches(data.substituteFor(clause));
      case 'dis_max':
        return this.together(clause.clauses);
      case 'bool': {
        const required = [...clause.must, ...clause.filter].map((child) => this.matches(child));
        if (clause.minimumShouldMatch > 0) required.push(this.together(clause.should));
        return Math.min(data.docCount, least(required));
      }
      case 'function_score':
      case 'min_score':
        return this.matches(clause.clause);
      default:
        return data.docCount;
    }
  }

  /** ns to score what matches. */
  scoring(clause: Clause): number {
    const matches = this.matches(clause);
    if (matches === 0) return 0;
    switch (clause.kind) {
      case 'term':
        return matches * NS.scored;
      case 'phrase':
        return matches * NS.phrase;
      case 'fuzzy':
      case 'phrase_prefix':
        return this.scoring(this.data.substituteFor(clause));
      case 'dis_max':
        return sum(clause.clauses, (child) => this.scoring(child));
      case 'bool': {
        const filters = sum([...clause.filter, ...clause.mustNot], (child) => this.filtering(child));
        if (clause.must.length === 0) return filters + sum(clause.should, (child) => this.scoring(child));
        // The rarest leads, and asks the others about its documents.
        const lead = least(clause.must.map((child) => this.matches(child)));
        const asked = (child: Clause): number =>
          Math.min(this.scoring(child), lead * (child.kind === 'phrase' ? NS.phrase : 2 * NS.scored));
        return filters + sum([...clause.must, ...clause.should], asked);
      }
      case 'function_score':
        return this.scoring(clause.clause) + matches * NS.function * clause.functions.length;
      case 'min_score':
        return 2 * this.scoring(clause.clause);
      default:
        return this.listing(clause) + matches * NS.passed;
    }
  }

  /** ns to make a bitmap of what matches. */
  listing(clause: Clause): number {
    const { data } = this;
    switch (clause.kind) {
      case 'none':
        return 0;
      case 'term':
        return this.matches(clause) * NS.listed;
      case 'phrase':
        return this.matches(clause) * NS.phrase;
      case 'term_set':
        return this.listingTerms(data.termSet(clause));
      case 'term_range':
      case 'term_pattern':
        return this.listingTerms(data.expansion(clause));
      case 'fuzzy':
      case 'phrase_prefix':
        return this.listing(data.substituteFor(clause));
      case 'numbers':
        return data.docCount * NS.ranged;
      case 'min_score':
        return this.scoring(clause.clause);
      case 'bool':
      case 'dis_max':
      case 'function_score':
        return sum(childrenOf(clause), (child) => this.listing(child));
      default:
        return this.matches(clause) * NS.passed;
    }
  }

  /** Nothing where it was computed before. */
  private filtering(clause: Clause): number {
    const ns = this.listing(clause);
    const { results, segment } = this.data;
    if (ns < NS.worthAsking || !results) return ns;
    const key = filterKey(clause);
    return key !== undefined && results.filter(segment.id, key) ? 0 : ns;
  }

  private listingTerms(terms: readonly { readonly docFreq: number }[]): number {
    return terms.length * NS.expanded + this.sumOf(terms) * NS.listed;
  }

  private together(clauses: readonly Clause[]): number {
    return Math.min(
      this.data.docCount,
      sum(clauses, (child) => this.matches(child)),
    );
  }

  private sumOf(terms: readonly ({ readonly docFreq: number } | undefined)[]): number {
    let docFreqs = 0;
    for (const term of terms) docFreqs += term?.docFreq ?? 0;
    return docFreqs;
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}

function least(numbers: readonly number[]): number {
  let lowest = Infinity;
  for (const number of numbers) if (number < lowest) lowest = number;
  return lowest;
}
