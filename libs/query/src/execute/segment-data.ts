import { invalid } from '#libs/kernel';
import type { KeywordColumn, NumericColumn, Pending, Postings, ReadWave, SegmentReader, TermInfo } from '#libs/segment';
import { isNumeric } from '../compile/field-value.ts';
import type { Clause, IdsClause, TermRangeClause } from '../compile/compiled-query.ts';
import type { SearchableSegment } from '../search.ts';
import { hasTerms } from '../score/doc-freqs.ts';

/** Terms that a prefix or a term range may stand for in one segment; each costs a place in memory and a dictionary entry. */
export const MAX_EXPANDED_TERMS = 65_536;

/** From this many terms on, a keyword's column is scanned once instead of reading so many postings. */
const COLUMN_TERMS = 64;

/**
 * What one query reads of one segment. Round 1 (`askTerms`) is dictionaries, round 2 (`askPostings`, `ask…Column`) all
 * that execution runs over; after the flush of a round its values are there. Everything is asked once.
 */
export class SegmentData {
  readonly reader: SegmentReader;
  readonly docCount: number;
  private readonly terms = new Map<string, Pending<TermInfo | undefined>>();
  private readonly expansions = new Map<TermRangeClause, Pending<{ terms: TermInfo[]; complete: boolean }>>();
  private readonly idDocs = new Map<IdsClause, Pending<Int32Array>>();
  private readonly wanted = new Map<string, { info: TermInfo; positions: boolean }>();
  private readonly postingsOf = new Map<string, Pending<Postings>>();
  private readonly normsOf = new Map<string, Pending<Uint8Array>>();
  private readonly numericOf = new Map<string, Pending<NumericColumn>>();
  private readonly keywordOf = new Map<string, Pending<KeywordColumn>>();
  private ranksPending: Pending<Uint16Array | Uint32Array> | undefined;

  constructor(readonly segment: SearchableSegment) {
    this.reader = segment.reader;
    this.docCount = segment.reader.docCount;
  }

  // Round 1.

  askTerm(wave: ReadWave, field: string, term: string): void {
    const key = `${field}\0${term}`;
    if (!this.terms.has(key) && hasTerms(this.reader, field)) this.terms.set(key, wave.term(field, term));
  }

  askTerms(wave: ReadWave, clause: Clause): void {
    switch (clause.kind) {
      case 'term':
        this.askTerm(wave, clause.field, clause.term);
        break;
      case 'phrase':
      case 'term_set':
        for (const term of clause.terms) this.askTerm(wave, clause.field, term);
        break;
      case 'term_range':
        if (hasTerms(this.reader, clause.field)) {
          this.expansions.set(clause, wave.terms(clause.field, clause.bounds, MAX_EXPANDED_TERMS));
        }
        break;
      case 'ids':
        this.idDocs.set(clause, wave.docsById(clause.ids));
        break;
      case 'bool':
      case 'dis_max':
        for (const child of childrenOf(clause)) this.askTerms(wave, child);
        break;
      default:
    }
  }

  term(field: string, term: string): TermInfo | undefined {
    return this.terms.get(`${field}\0${term}`)?.value;
  }

  /** Throws `invalid` (`too_many_terms`). */
  expansion(clause: TermRangeClause): readonly TermInfo[] {
    const found = this.expansions.get(clause)?.value;
    if (found && !found.complete) {
      const { field, bounds } = clause;
      const shown = bounds.prefix === undefined ? 'the range' : `the prefix "${bounds.prefix}"`;
      throw invalid(
        'too_many_terms',
        `${shown} on "${field}" stands for more than ${MAX_EXPANDED_TERMS} terms; make it narrower`,
        { field, limit: MAX_EXPANDED_TERMS },
      );
    }
    return found?.terms ?? [];
  }

  /** The documents that have one of the ids. */
  docsWithIds(clause: IdsClause): number[] {
    return Array.from(this.idDocs.get(clause)?.value ?? []).filter((doc) => doc >= 0);
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
        return clause.terms.every((term) => this.term(clause.field, term) !== undefined);
      case 'term_set':
        return this.termSet(clause).length > 0;
      case 'term_range':
        return this.expansion(clause).length > 0;
      case 'numbers':
        return this.isNumericField(clause.field);
      case 'exists':
        return this.reader.field(clause.field) !== undefined;
      case 'ids':
        return this.docsWithIds(clause).length > 0;
      case 'dis_max':
        return clause.clauses.some((child) => this.mayMatch(child));
      case 'bool': {
        if (![...clause.must, ...clause.filter].every((child) => this.mayMatch(child))) return false;
        const minimum = clause.minimumShouldMatch;
        return minimum === 0 || clause.should.filter((child) => this.mayMatch(child)).length >= minimum;
      }
      default:
        return false;
    }
  }

  // Round 2.

  /** @param scored whether the clause's score counts: then norms are read too */
  askPostings(wave: ReadWave, clause: Clause, scored: boolean): void {
    this.want(wave, clause, scored);
    for (const [key, { info, positions }] of this.wanted) {
      if (!this.postingsOf.has(key)) this.postingsOf.set(key, wave.postings(info, positions));
    }
  }

  private want(wave: ReadWave, clause: Clause, scored: boolean): void {
    if (!this.mayMatch(clause)) return;
    switch (clause.kind) {
      case 'term':
        this.wantTerm(this.term(clause.field, clause.term)!, false);
        if (scored) this.askNorms(wave, clause.field);
        break;
      case 'phrase':
        for (const term of clause.terms) this.wantTerm(this.term(clause.field, term)!, true);
        if (scored) this.askNorms(wave, clause.field);
        break;
      case 'term_set':
      case 'term_range': {
        const infos = clause.kind === 'term_set' ? this.termSet(clause) : this.expansion(clause);
        if (this.usesColumn(clause.field, infos)) this.askColumn(wave, clause.field);
        else for (const info of infos) this.wantTerm(info, false);
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
        for (const child of [...clause.must, ...clause.should]) this.want(wave, child, scored);
        for (const child of [...clause.filter, ...clause.mustNot]) this.want(wave, child, false);
        break;
      case 'dis_max':
        for (const child of clause.clauses) this.want(wave, child, scored);
        break;
      default:
    }
  }

  private wantTerm(info: TermInfo, positions: boolean): void {
    const key = `${info.field}\0${info.term}`;
    const known = this.wanted.get(key);
    if (!known || (positions && !known.positions)) this.wanted.set(key, { info, positions });
  }

  askNorms(wave: ReadWave, field: string): void {
    if (this.reader.field(field)?.type === 'text' && !this.normsOf.has(field)) {
      this.normsOf.set(field, wave.norms(field));
    }
  }

  /** Nothing for fields that the segment does not have, or of text. */
  askColumn(wave: ReadWave, field: string): void {
    if (this.isNumericField(field)) {
      if (!this.numericOf.has(field)) this.numericOf.set(field, wave.numericColumn(field));
    } else if (this.reader.field(field)?.type === 'keyword' && !this.keywordOf.has(field)) {
      this.keywordOf.set(field, wave.keywordColumn(field));
    }
  }

  askRanks(wave: ReadWave): void {
    this.ranksPending ??= wave.idRanks();
  }

  postings(info: TermInfo): Postings {
    return this.postingsOf.get(`${info.field}\0${info.term}`)!.value;
  }

  /** Undefined for fields without norms. */
  norms(field: string): Uint8Array | undefined {
    return this.normsOf.get(field)?.value;
  }

  numericColumn(field: string): NumericColumn | undefined {
    return this.numericOf.get(field)?.value;
  }

  keywordColumn(field: string): KeywordColumn | undefined {
    return this.keywordOf.get(field)?.value;
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

export const childrenOf = (clause: Extract<Clause, { kind: 'bool' | 'dis_max' }>): readonly Clause[] =>
  clause.kind === 'dis_max' ? clause.clauses : [...clause.must, ...clause.should, ...clause.filter, ...clause.mustNot];
