import { compareCodePoints } from '#libs/kernel';
import { decodeNorm, encodeNorm } from '#libs/segment';
import { parseDateMs } from '../dates/date-math.ts';
import type { QueryNode, Scalar } from '../query-node.ts';
import type { QuerySchema } from '../search.ts';
import type { TestDocument, TestValue } from './build-segments.ts';

/**
 * Search as one would write it without an index: every document is asked about every node. The oracle of the property
 * tests; shares with the engine only the norm's rounding and the parsing of dates.
 */
export class NaiveSearch {
  constructor(
    private readonly documents: readonly TestDocument[],
    private readonly schema: QuerySchema,
    private readonly deleted: ReadonlySet<string> = new Set(),
  ) {}

  /** All hits, best first. */
  search(node: QueryNode): { id: string; score: number }[] {
    return this.documents
      .filter(({ id }) => !this.deleted.has(id))
      .flatMap((document) => {
        const score = this.score(node, document);
        return score === undefined ? [] : [{ id: document.id, score }];
      })
      .toSorted((a, b) => b.score - a.score || compareCodePoints(a.id, b.id));
  }

  /** Undefined: no match. */
  score(node: QueryNode, document: TestDocument): number | undefined {
    const { boost } = node;
    const constant = (matches: boolean): number | undefined => (matches ? boost : undefined);
    switch (node.type) {
      case 'match_all':
        return boost;
      case 'match_none':
        return undefined;
      case 'ids':
        return constant(node.values.includes(document.id));
      case 'exists':
        return constant(this.words(node.field, document).length + this.values(node.field, document).length > 0);
      case 'term':
        return this.isNumeric(node.field)
          ? constant(this.values(node.field, document).some((value) => this.equal(node.field, value, node.value)))
          : scaled(boost, this.termScore(node.field, String(node.value), document));
      case 'terms':
        return constant(
          node.values.some((wanted) =>
            this.isNumeric(node.field)
              ? this.values(node.field, document).some((value) => this.equal(node.field, value, wanted))
              : this.words(node.field, document).flat().includes(String(wanted)),
          ),
        );
      case 'prefix':
        return constant(
          this.words(node.field, document)
            .flat()
            .some((word) => word.startsWith(node.value)),
        );
      case 'range':
        return constant(this.inRange(node, document));
      case 'match': {
        if (this.isNumeric(node.field)) return this.score({ ...node, type: 'term', value: node.query }, document);
        const words =
          this.schema.field(node.field)?.type === 'text'
            ? String(node.query).split(' ').filter(Boolean)
            : [String(node.query)];
        const scores = words.map((word) => this.termScore(node.field, word, document));
        const needed =
          node.operator === 'and' ? Math.max(1, words.length) : Math.max(1, Number(node.minimumShouldMatch ?? 1));
        return scaled(boost, sumOf(scores, needed));
      }
      case 'match_phrase':
        return scaled(boost, this.phraseScore(node.field, String(node.query).split(' ').filter(Boolean), document));
      case 'dis_max': {
        const scores = node.queries.map((query) => this.score(query, document)).filter((score) => score !== undefined);
        if (scores.length === 0) return undefined;
        const max = Math.max(...scores);
        return boost * (max + (scores.reduce((a, b) => a + b) - max) * node.tieBreaker);
      }
      case 'bool': {
        const { must, should, filter, mustNot } = node;
        if (must.length + should.length + filter.length + mustNot.length === 0) return boost;
        if (mustNot.some((query) => this.score(query, document) !== undefined)) return undefined;
        if (filter.some((query) => this.score(query, document) === undefined)) return undefined;
        const required = sumOf(
          must.map((query) => this.score(query, document)),
          must.length,
        );
        if (required === undefined) return undefined;
        const least = must.length + filter.length === 0 && should.length > 0 ? 1 : 0;
        const optional = sumOf(
          should.map((query) => this.score(query, document)),
          Math.max(least, Number(node.minimumShouldMatch ?? least)),
        );
        return optional === undefined ? undefined : boost * (required + optional);
      }
      default:
        throw new Error('the oracle knows no multi_match');
    }
  }

  /** The values of a field that is not text, as they were given. */
  values(field: string, document: TestDocument): readonly TestValue[] {
    const spec = this.schema.field(field);
    return spec && spec.type !== 'text' ? (document.values[spec.source ?? field] ?? []) : [];
  }

  /** The words of each value of a text field; a keyword's values. */
  private words(field: string, document: TestDocument): string[][] {
    const spec = this.schema.field(field);
    if (!spec || this.isNumeric(field)) return [];
    const values = (document.values[spec.source ?? field] ?? []).map(String);
    return spec.type === 'keyword'
      ? values.map((value) => [value])
      : values.map((value) => value.split(' ').filter(Boolean)).filter(({ length }) => length > 0);
  }

  private isNumeric(field: string): boolean {
    const type = this.schema.field(field)?.type;
    return type !== undefined && type !== 'text' && type !== 'keyword';
  }

  private equal(field: string, value: TestValue, wanted: Scalar): boolean {
    if (this.schema.field(field)!.type !== 'date') return Number(value) === Number(wanted);
    return Number(value) >= parseDateMs(wanted, 0, false)! && Number(value) <= parseDateMs(wanted, 0, true)!;
  }

  private inRange(node: Extract<QueryNode, { type: 'range' }>, document: TestDocument): boolean {
    const { gt, gte, lt, lte } = node;
    if (!this.isNumeric(node.field)) {
      return this.words(node.field, document)
        .flat()
        .some(
          (word) =>
            (gt === undefined || compareCodePoints(word, String(gt)) > 0) &&
            (gte === undefined || compareCodePoints(word, String(gte)) >= 0) &&
            (lt === undefined || compareCodePoints(word, String(lt)) < 0) &&
            (lte === undefined || compareCodePoints(word, String(lte)) <= 0),
        );
    }
    const isDate = this.schema.field(node.field)!.type === 'date';
    const bound = (value: Scalar, up: boolean): number => (isDate ? parseDateMs(value, 0, up)! : Number(value));
    return this.values(node.field, document)
      .map(Number)
      .some(
        (value) =>
          (gt === undefined || value > bound(gt, true)) &&
          (gte === undefined || value >= bound(gte, false)) &&
          (lt === undefined || value < bound(lt, false)) &&
          (lte === undefined || value <= bound(lte, true)),
      );
  }

  private termScore(field: string, term: string, document: TestDocument): number | undefined {
    const freq = this.words(field, document)
      .flat()
      .filter((word) => word === term).length;
    return freq === 0 ? undefined : this.bm25(field, this.idf(field, term), freq, document);
  }

  private phraseScore(field: string, terms: readonly string[], document: TestDocument): number | undefined {
    if (terms.length === 0) return undefined;
    if (this.schema.field(field)?.type !== 'text') return this.termScore(field, terms.join(' '), document);
    let freq = 0;
    for (const words of this.words(field, document)) {
      for (let at = 0; at + terms.length <= words.length; at++) {
        if (terms.every((term, i) => words[at + i] === term)) freq++;
      }
    }
    const idf = terms.reduce((sum, term) => sum + this.idf(field, term), 0);
    return freq === 0 ? undefined : this.bm25(field, idf, freq, document);
  }

  private bm25(field: string, idf: number, freq: number, document: TestDocument): number {
    if (this.schema.field(field)!.type === 'keyword') return idf - idf / (1 + 1 / 1.2);
    const lengths = this.documents.map((one) => this.words(field, one).flat().length).filter((length) => length > 0);
    const average = lengths.reduce((a, b) => a + b, 0) / lengths.length;
    const length = decodeNorm(encodeNorm(this.words(field, document).flat().length));
    return idf * (freq / (freq + 1.2 * (1 - 0.75 + (0.75 * length) / average)));
  }

  private idf(field: string, term: string): number {
    const having = this.documents
      .map((document) => this.words(field, document).flat())
      .filter(({ length }) => length > 0);
    const n = having.filter((words) => words.includes(term)).length;
    return Math.log(1 + (having.length - n + 0.5) / (n + 0.5));
  }
}

const scaled = (boost: number, score: number | undefined): number | undefined =>
  score === undefined ? undefined : boost * score;

/** The sum of the scores that are there, when there are enough. */
function sumOf(scores: readonly (number | undefined)[], needed: number): number | undefined {
  const there = scores.filter((score) => score !== undefined);
  return there.length >= needed ? there.reduce((a, b) => a + b, 0) : undefined;
}
