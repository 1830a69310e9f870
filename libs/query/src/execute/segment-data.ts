import { invalid } from '#libs/kernel';
import type {
  KeywordColumn,
  NumericColumn,
  Pending,
  Postings,
  ReadWave,
  SegmentReader,
  TermInfo,
  TermReach,
} from '#libs/segment';
import { isNumeric } from '../compile/field-value.ts';
import { childrenOf, filtersOf } from '../compile/clause-children.ts';
import type {
  Clause,
  ExpandingClause,
  FunctionScoreClause,
  IdsClause,
  MinScoreClause,
  TermPatternClause,
  TermRangeClause,
} from '../compile/compiled-query.ts';
import { phraseWords } from '../compile/phrase-words.ts';
import type { SearchableSegment } from '../search.ts';
import type { SegmentResultCache } from './segment-results.ts';
import { SegmentTerms } from './segment-terms.ts';
import { hasTerms } from '../score/has-terms.ts';
import { hashText } from '../score/mix-hash.ts';
import type { Bits } from './bits.ts';
import { ExecutionWatch } from './execution-watch.ts';
import { bestOf, candidateOf, type Candidate, type Substitutes } from './expand-clauses.ts';

/** Terms that a prefix, range or pattern may stand for in one segment; each costs a place in memory and a dictionary entry. */
export const MAX_EXPANDED_TERMS = 65_536;

type ManyTermsClause = TermRangeClause | TermPatternClause | ExpandingClause;
interface Expansion {
  readonly terms: readonly TermInfo[];
  readonly marks?: readonly number[];
  readonly complete: boolean;
}

/** From this many terms on, a keyword's column is scanned once instead of reading so many postings. */
const COLUMN_TERMS = 64;

/**
 * What one query reads of one segment. Round 1 (`askTerms`) is dictionaries, round 2 (`askPostings`, `ask…Column`) all
 * that execution runs over; after the flush of a round its values are there. Everything is asked once.
 */
export class SegmentData {
  readonly reader: SegmentReader;
  readonly docCount: number;
  private readonly terms: SegmentTerms;
  // Most queries need few of these.
  private expansions: Map<ManyTermsClause, Pending<Expansion>> | undefined;
  /** Clauses of this query that wait for the dictionaries. */
  readonly expanding: ExpandingClause[] = [];
  private substitutes: Substitutes | undefined;
  private idDocs: Map<IdsClause, Pending<Int32Array>> | undefined;
  private readonly normsOf = new Map<string, Pending<Uint8Array>>();
  private numericOf: Map<string, Pending<NumericColumn>> | undefined;
  private keywordOf: Map<string, Pending<KeywordColumn>> | undefined;
  private ranksPending: Pending<Uint16Array | Uint32Array> | undefined;
  private wantsIdHashes = false;
  /** What scores high enough: known to `resolveMinScores` alone, before anything asks what matches. */
  readonly minScoreDocs = new Map<MinScoreClause, Bits>();
  /** By document: a number that its `_id` alone decides; empty when no function asks for it. */
  idHashes = NO_HASHES;

  /**
   * @param results what is known of segments from earlier searches
   * @param watch ends execution when the time is over; none: it has no end
   */
  constructor(
    readonly segment: SearchableSegment,
    readonly results?: SegmentResultCache,
    readonly watch = new ExecutionWatch(),
  ) {
    this.reader = segment.reader;
    this.docCount = segment.reader.docCount;
    this.terms = new SegmentTerms(segment.reader);
  }

  // Round 1.

  /** @param reach what the next round asks of the term */
  askTerm(wave: ReadWave, field: string, term: string, reach?: TermReach): void {
    this.terms.ask(wave, field, term, reach);
  }

  askTerms(wave: ReadWave, clause: Clause): void {
    switch (clause.kind) {
      case 'term':
        this.askTerm(wave, clause.field, clause.term, 'postings');
        break;
      case 'phrase':
      case 'term_set': {
        const reach = clause.kind === 'phrase' ? 'positions' : 'postings';
        for (const term of clause.terms) this.askTerm(wave, clause.field, term, reach);
        break;
      }
      case 'term_range':
      case 'term_pattern':
      case 'fuzzy':
      case 'phrase_prefix':
        this.askExpansion(wave, clause);
        break;
      case 'ids':
        this.idDocs ??= new Map();
        if (!this.idDocs.has(clause)) this.idDocs.set(clause, wave.docsById(clause.ids));
        break;
      case 'bool':
        for (const child of clause.must) this.askTerms(wave, child);
        for (const child of clause.should) this.askTerms(wave, child);
        for (const child of clause.filter) this.askTerms(wave, child);
        for (const child of clause.mustNot) this.askTerms(wave, child);
        break;
      default:
        for (const child of childrenOf(clause)) this.askTerms(wave, child);
    }
  }

  askExpansion(wave: ReadWave, clause: ManyTermsClause): void {
    const { field } = clause;
    if (clause.kind === 'fuzzy' || clause.kind === 'phrase_prefix') this.expanding.push(clause);
    const expansions = (this.expansions ??= new Map<ManyTermsClause, Pending<Expansion>>());
    if (!hasTerms(this.reader, field) || expansions.has(clause)) return;
    if (clause.kind === 'term_range') expansions.set(clause, wave.terms(field, clause.bounds, MAX_EXPANDED_TERMS));
    else if (clause.kind !== 'phrase_prefix')
      expansions.set(clause, wave.matchingTerms(field, clause.automaton, MAX_EXPANDED_TERMS));
    else {
      for (const term of clause.terms) this.askTerm(wave, field, term);
      expansions.set(clause, wave.terms(field, { prefix: clause.prefix }, clause.maxExpansions));
    }
  }

  /** The terms of this segment that the clause may come to stand for, at most its `maxExpansions`. */
  candidates(clause: ExpandingClause): Candidate[] {
    const found = this.expansions?.get(clause)?.value;
    if (!found) return [];
    if (!found.complete && clause.kind === 'fuzzy')
      throw tooManyTerms(`the word "${clause.word}" made fuzzy`, clause.field);
    const infos = new Map(found.terms.map((info) => [info.term, info]));
    const possible = found.terms.map(({ term }, at) => candidateOf(clause, term, found.marks?.[at] ?? 1));
    const best = bestOf(
      possible.filter((one) => one !== undefined),
      clause,
    );
    // Whatever a task chooses of this segment's terms is among these.
    for (const { term } of best) this.terms.learn(clause.field, term, infos.get(term));
    return best;
  }

  /** Between the rounds: what the task has chosen. */
  substitute(substitutes: Substitutes): void {
    this.substitutes = substitutes;
  }

  /** What the task has put in the place of a clause. */
  substituteFor(clause: ExpandingClause): Clause {
    return this.substitutes?.get(clause) ?? { kind: 'none' };
  }

  term(field: string, term: string): TermInfo | undefined {
    return this.terms.info(field, term);
  }

  /** Throws `invalid` (`too_many_terms`). */
  expansion(clause: TermRangeClause | TermPatternClause): readonly TermInfo[] {
    const found = this.expansions?.get(clause)?.value;
    if (found && !found.complete) {
      const { prefix } = clause.kind === 'term_range' ? clause.bounds : {};
      const range = prefix === undefined ? 'the range' : `the prefix "${prefix}"`;
      throw tooManyTerms(clause.kind === 'term_pattern' ? `the ${clause.shown}` : range, clause.field);
    }
    return found?.terms ?? [];
  }

  /** The documents that have one of the ids. */
  docsWithIds(clause: IdsClause): number[] {
    return Array.from(this.idDocs?.get(clause)?.value ?? []).filter((doc) => doc >= 0);
  }

  termSet({ field, terms }: Extract<Clause, { kind: 'term_set' }>): TermInfo[] {
    return terms.map((term) => this.term(field, term)).filter((info) => info !== undefined);
  }

  /** Whether a clause over these terms is answered from the keyword column: known after round 1. */
  usesColumn(field: string, infos: readonly TermInfo[]): boolean {
    return infos.length > COLUMN_TERMS && this.reader.field(field)?.type === 'keyword';
  }

  /** False when the dictionaries alone tell that no document of the segment matches. */
  mayMatch(clause: Clause): boolean {
    switch (clause.kind) {
      case 'all':
        return true;
      case 'term':
        return this.term(clause.field, clause.term) !== undefined;
      case 'phrase':
        return phraseWords(clause).every((words) => words.some((term) => this.term(clause.field, term) !== undefined));
      case 'term_set':
        return this.termSet(clause).length > 0;
      case 'term_range':
      case 'term_pattern':
        return this.expansion(clause).length > 0;
      case 'fuzzy':
      case 'phrase_prefix':
        return this.mayMatch(this.substituteFor(clause));
      case 'numbers':
        return this.isNumericField(clause.field);
      case 'exists':
        return this.reader.field(clause.field) !== undefined;
      case 'ids':
        return this.docsWithIds(clause).length > 0;
      case 'dis_max':
        return clause.clauses.some((child) => this.mayMatch(child));
      case 'bool': {
        for (const child of clause.must) if (!this.mayMatch(child)) return false;
        for (const child of clause.filter) if (!this.mayMatch(child)) return false;
        let missing = clause.minimumShouldMatch;
        for (let at = 0; missing > 0 && at < clause.should.length; at++) {
          if (this.mayMatch(clause.should[at]!)) missing--;
        }
        return missing <= 0;
      }
      case 'function_score':
      case 'min_score':
        return this.mayMatch(clause.clause);
      default:
        return false;
    }
  }

  // Round 2.

  /** @param scored whether the clause's score counts: then norms are read too */
  askPostings(wave: ReadWave, clause: Clause, scored: boolean): void {
    this.want(wave, clause, scored);
    this.terms.askPostings(wave);
  }

  private want(wave: ReadWave, clause: Clause, scored: boolean): void {
    if (!this.mayMatch(clause)) return;
    switch (clause.kind) {
      case 'term':
        this.terms.want(this.term(clause.field, clause.term)!, false);
        if (scored) this.askNorms(wave, clause.field);
        break;
      case 'phrase':
        for (const term of phraseWords(clause).flat()) {
          const info = this.term(clause.field, term);
          if (info) this.terms.want(info, true);
        }
        if (scored) this.askNorms(wave, clause.field);
        break;
      case 'fuzzy':
      case 'phrase_prefix':
        this.want(wave, this.substituteFor(clause), scored);
        break;
      case 'term_set':
      case 'term_range':
      case 'term_pattern': {
        const infos = clause.kind === 'term_set' ? this.termSet(clause) : this.expansion(clause);
        if (this.usesColumn(clause.field, infos)) this.askColumn(wave, clause.field);
        else for (const info of infos) this.terms.want(info, false);
        break;
      }
      case 'numbers':
        this.askColumn(wave, clause.field);
        break;
      case 'exists':
        if (this.reader.field(clause.field)!.docCount === this.docCount) break;
        if (this.reader.field(clause.field)!.type === 'text') this.askNorms(wave, clause.field);
        else this.askColumn(wave, clause.field);
        break;
      case 'bool':
        for (const child of clause.must) this.want(wave, child, scored);
        for (const child of clause.should) this.want(wave, child, scored);
        for (const child of clause.filter) this.want(wave, child, false);
        for (const child of clause.mustNot) this.want(wave, child, false);
        break;
      case 'dis_max':
        for (const child of clause.clauses) this.want(wave, child, scored);
        break;
      case 'function_score':
        this.want(wave, clause.clause, scored);
        if (scored) this.wantFunctions(wave, clause);
        break;
      case 'min_score':
        this.want(wave, clause.clause, true);
        break;
      default:
    }
  }

  private wantFunctions(wave: ReadWave, clause: FunctionScoreClause): void {
    for (const filter of filtersOf(clause)) this.want(wave, filter, false);
    for (const { value } of clause.functions) {
      if (value.kind === 'random_score' && value.field === '_id') this.wantsIdHashes = true;
      else if (value.kind !== 'one') this.askColumn(wave, value.field);
    }
  }

  askNorms(wave: ReadWave, field: string): void {
    if (this.reader.field(field)?.type === 'text' && !this.normsOf.has(field)) {
      this.normsOf.set(field, wave.norms(field));
    }
  }

  /** Nothing for fields that the segment does not have, or of text. */
  askColumn(wave: ReadWave, field: string): void {
    if (this.isNumericField(field)) {
      this.numericOf ??= new Map();
      if (!this.numericOf.has(field)) this.numericOf.set(field, wave.numericColumn(field));
    } else if (this.reader.field(field)?.type === 'keyword') {
      this.keywordOf ??= new Map();
      if (!this.keywordOf.has(field)) this.keywordOf.set(field, wave.keywordColumn(field));
    }
  }

  askRanks(wave: ReadWave): void {
    this.ranksPending ??= wave.idRanks();
  }

  /** What round 2 reads beside its wave. */
  readIdHashes(): Promise<void> | undefined {
    return this.wantsIdHashes ? this.hashIds() : undefined;
  }

  private async hashIds(): Promise<void> {
    const hashes = new Uint32Array(this.docCount);
    for await (const { ids, docs } of this.reader.idBlocks()) {
      for (const [at, id] of ids.entries()) hashes[docs[at]!] = hashText(id);
    }
    this.idHashes = hashes;
  }

  postings(info: TermInfo): Postings {
    return this.terms.postings(info);
  }

  /** Undefined for fields without norms. */
  norms(field: string): Uint8Array | undefined {
    return this.normsOf.get(field)?.value;
  }

  numericColumn(field: string): NumericColumn | undefined {
    return this.numericOf?.get(field)?.value;
  }

  keywordColumn(field: string): KeywordColumn | undefined {
    return this.keywordOf?.get(field)?.value;
  }

  /** By document: the place of its id among the segment's ids. Order of ranks is order of ids. */
  get ranks(): Uint16Array | Uint32Array {
    return this.ranksPending!.value;
  }

  private isNumericField(field: string): boolean {
    const type = this.reader.field(field)?.type;
    return type !== undefined && isNumeric(type);
  }
}

const NO_HASHES = new Uint32Array(0);

const tooManyTerms = (what: string, field: string): Error =>
  invalid(
    'too_many_terms',
    `${what} on "${field}" stands for more than ${MAX_EXPANDED_TERMS} terms; make it narrower`,
    { field, limit: MAX_EXPANDED_TERMS },
  );
