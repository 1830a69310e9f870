import { compareCodePoints, parseDurationMs } from '#libs/kernel';
import { decodeNorm, encodeNorm } from '#libs/segment';
import { parseDateMs } from '../dates/date-math.ts';
import type { QueryNode, Scalar, ScoreFunctionNode } from '../query-node.ts';
import { hashNumber, hashText, randomOf } from '../score/mix-hash.ts';
import type { QuerySchema } from '../search.ts';
import type { TestDocument, TestValue } from './build-segments.ts';
import { NaiveExpansions } from './naive-expansions.ts';

/**
 * Search as one would write it without an index: every document is asked about every node. The oracle of the property
 * tests; shares with the engine only the norm's rounding and the parsing of dates.
 */
export class NaiveSearch {
  private readonly expansions = new NaiveExpansions(this);

  constructor(
    readonly documents: readonly TestDocument[],
    private readonly schema: QuerySchema,
    private readonly deleted: ReadonlySet<string> = new Set(),
  ) {}

  /** The field, or those of an object. */
  private fieldsAt(field: string): string[] {
    if (this.schema.field(field)) return [field];
    return this.schema.fieldNames().filter((name) => name.startsWith(`${field}.`));
  }

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

  /**
   * Undefined: no match.
   * @param outerBoost of what is around the node: function_score makes a difference between a boost within and without
   */
  score(node: QueryNode, document: TestDocument, outerBoost = 1): number | undefined {
    const boost = outerBoost * node.boost;
    const constant = (matches: boolean): number | undefined => (matches ? boost : undefined);
    switch (node.type) {
      case 'match_all':
        return boost;
      case 'match_none':
        return undefined;
      case 'ids':
        return constant(node.values.includes(document.id));
      case 'exists':
        return constant(
          this.fieldsAt(node.field).some(
            (field) => this.words(field, document).length + this.values(field, document).length > 0,
          ),
        );
      case 'term':
        if (node.caseInsensitive) {
          const words = this.words(node.field, document).flat();
          return constant(words.some((word) => cased(word, node) === cased(String(node.value), node)));
        }
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
            .some((word) => cased(word, node).startsWith(cased(node.value, node))),
        );
      case 'range':
        return constant(this.inRange(node, document));
      case 'match': {
        if (this.isNumeric(node.field))
          return this.score({ ...node, type: 'term', value: node.query }, document, outerBoost);
        const words =
          this.schema.field(node.field)?.type === 'text'
            ? String(node.query).split(' ').filter(Boolean)
            : [String(node.query)];
        const scores = words.map((word) => this.expansions.word(node.field, word, node.fuzzy, document));
        const needed =
          node.operator === 'and' ? Math.max(1, words.length) : Math.max(1, Number(node.minimumShouldMatch ?? 1));
        return scaled(boost, sumOf(scores, needed));
      }
      case 'match_phrase':
        return scaled(boost, this.phraseScore(node.field, String(node.query).split(' ').filter(Boolean), document));
      case 'dis_max': {
        const scores = node.queries
          .map((query) => this.score(query, document, boost))
          .filter((score) => score !== undefined);
        if (scores.length === 0) return undefined;
        const max = Math.max(...scores);
        return max + (scores.reduce((a, b) => a + b) - max) * node.tieBreaker;
      }
      case 'bool': {
        const { must, should, filter, mustNot } = node;
        if (must.length + should.length + filter.length + mustNot.length === 0) return boost;
        if (mustNot.some((query) => this.score(query, document) !== undefined)) return undefined;
        if (filter.some((query) => this.score(query, document) === undefined)) return undefined;
        const required = sumOf(
          must.map((query) => this.score(query, document, boost)),
          must.length,
        );
        if (required === undefined) return undefined;
        const least = must.length + filter.length === 0 && should.length > 0 ? 1 : 0;
        const optional = sumOf(
          should.map((query) => this.score(query, document, boost)),
          Math.max(least, Number(node.minimumShouldMatch ?? least)),
        );
        return optional === undefined ? undefined : required + optional;
      }
      case 'function_score': {
        const query = this.score(node.query, document, boost);
        if (query === undefined || node.functions.length === 0) return atLeast(node.minScore, query);
        const speaking = node.functions.filter(
          ({ filter }) => filter === undefined || this.score(filter, document) !== undefined,
        );
        const values = speaking.map((one) => one.weight * this.functionValue(one.value, document));
        const weights = speaking.reduce((sum, { weight }) => sum + weight, 0);
        const sum = values.reduce((a, b) => a + b, 0);
        let factor = 1;
        if (values.length > 0) {
          if (node.scoreMode === 'first') factor = values[0]!;
          else if (node.scoreMode === 'max') factor = Math.max(...values);
          else if (node.scoreMode === 'min') factor = Math.min(...values);
          else if (node.scoreMode === 'sum') factor = sum;
          else if (node.scoreMode === 'avg') factor = weights === 0 ? 1 : sum / weights;
          else factor = values.reduce((a, b) => a * b, 1);
        }
        factor = Math.min(factor, node.maxBoost ?? Infinity);
        const combined = {
          multiply: query * factor,
          replace: factor,
          sum: query + factor,
          avg: (query + factor) / 2,
          max: Math.max(query, factor),
          min: Math.min(query, factor),
        };
        return atLeast(node.minScore, combined[node.boostMode]);
      }
      case 'wildcard':
      case 'regexp':
      case 'fuzzy':
      case 'match_phrase_prefix':
      case 'match_bool_prefix':
        return scaled(boost, this.expansions.score(node, document));
      default:
        throw new Error('the oracle knows no multi_match');
    }
  }

  private functionValue(value: ScoreFunctionNode['value'], document: TestDocument): number {
    if (!value) return 1;
    const values = this.values(value.field, document)
      .map(Number)
      .toSorted((a, b) => a - b);
    if (value.type === 'random_score') {
      const seed = hashText(value.seed ?? '0');
      if (value.field === '_id') return randomOf(seed, hashText(document.id));
      return randomOf(seed, values[0] === undefined ? 0 : hashNumber(values[0]));
    }
    if (value.type === 'field_value_factor') {
      const x = (values[0] ?? value.missing!) * value.factor;
      const modified = {
        none: x,
        log: Math.log10(x),
        log1p: Math.log10(1 + x),
        log2p: Math.log10(2 + x),
        ln: Math.log(x),
        ln1p: Math.log(1 + x),
        ln2p: Math.log(2 + x),
        square: x ** 2,
        sqrt: x ** 0.5,
        reciprocal: 1 / x,
      };
      return modified[value.modifier];
    }
    const isDate = this.schema.field(value.field)!.type === 'date';
    const ms = (given: string | number): number => (typeof given === 'number' ? given : parseDurationMs(given));
    const origin = isDate ? parseDateMs(value.origin ?? 'now', 0, false)! : Number(value.origin);
    const scale = ms(value.scale);
    const distances = values.map((one) => Math.max(0, Math.abs(one - origin) - ms(value.offset)));
    if (distances.length === 0) return 1;
    const sum = distances.reduce((a, b) => a + b, 0);
    const distance = { min: Math.min(...distances), max: Math.max(...distances), sum, avg: sum / distances.length }[
      value.multiValueMode
    ];
    if (value.curve === 'exp') return value.decay ** (distance / scale);
    if (value.curve === 'gauss') return value.decay ** ((distance / scale) ** 2);
    return Math.max(0, 1 - ((1 - value.decay) * distance) / scale);
  }

  /** The values of a field that is not text, as they were given. */
  values(field: string, document: TestDocument): readonly TestValue[] {
    const spec = this.schema.field(field);
    return spec && spec.type !== 'text' ? (document.values[spec.source ?? field] ?? []) : [];
  }

  /** The words of each value of a text field; a keyword's values. */
  words(field: string, document: TestDocument): string[][] {
    const spec = this.schema.field(field);
    if (!spec || this.isNumeric(field)) return [];
    const values = (document.values[spec.source ?? field] ?? []).map(String);
    return spec.type === 'keyword'
      ? values.map((value) => [value])
      : values.map((value) => value.split(' ').filter(Boolean)).filter(({ length }) => length > 0);
  }

  isKeyword(field: string): boolean {
    return this.schema.field(field)?.type === 'keyword';
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

  bm25(field: string, idf: number, freq: number, document: TestDocument): number {
    if (this.schema.field(field)!.type === 'keyword') return idf - idf / (1 + 1 / 1.2);
    const lengths = this.documents.map((one) => this.words(field, one).flat().length).filter((length) => length > 0);
    const average = lengths.reduce((a, b) => a + b, 0) / lengths.length;
    const length = decodeNorm(encodeNorm(this.words(field, document).flat().length));
    return idf * (freq / (freq + 1.2 * (1 - 0.75 + (0.75 * length) / average)));
  }

  idf(field: string, term: string): number {
    const having = this.documents
      .map((document) => this.words(field, document).flat())
      .filter(({ length }) => length > 0);
    const n = having.filter((words) => words.includes(term)).length;
    return Math.log(1 + (having.length - n + 0.5) / (n + 0.5));
  }
}

const cased = (text: string, { caseInsensitive }: { caseInsensitive?: true }): string =>
  caseInsensitive ? text.toLowerCase() : text;

const scaled = (boost: number, score: number | undefined): number | undefined =>
  score === undefined ? undefined : boost * score;

const atLeast = (minScore: number | undefined, score: number | undefined): number | undefined =>
  score !== undefined && score >= (minScore ?? 0) ? score : undefined;

/** The sum of the scores that are there, when there are enough. */
function sumOf(scores: readonly (number | undefined)[], needed: number): number | undefined {
  const there = scores.filter((score) => score !== undefined);
  return there.length >= needed ? there.reduce((a, b) => a + b, 0) : undefined;
}
