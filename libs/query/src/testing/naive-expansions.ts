import { compareCodePoints } from '#libs/kernel';
import type { FuzzyOptions, QueryNode } from '../query-node.ts';
import type { TestDocument } from './build-segments.ts';
import { naiveEditDistance } from './naive-edit-distance.ts';

/** What the oracle knows of the documents. */
export interface NaiveIndex {
  readonly documents: readonly TestDocument[];
  isKeyword(field: string): boolean;
  /** The words of each value of a text field; a keyword's values. */
  words(field: string, document: TestDocument): string[][];
  idf(field: string, term: string): number;
  bm25(field: string, idf: number, freq: number, document: TestDocument): number;
}

type Expanding = Extract<
  QueryNode,
  { type: 'wildcard' | 'regexp' | 'fuzzy' | 'match_phrase_prefix' | 'match_bool_prefix' }
>;

/** Queries that stand for several terms, by looking at every word there is. */
export class NaiveExpansions {
  constructor(private readonly index: NaiveIndex) {}

  /** With a boost of 1; undefined: no match. */
  score(node: Expanding, document: TestDocument): number | undefined {
    const words = this.index.words(node.field, document).flat();
    const constant = (matches: boolean): number | undefined => (matches ? 1 : undefined);
    switch (node.type) {
      case 'wildcard':
        return constant(words.some((word) => wildcardRegExp(node.value, node.caseInsensitive).test(word)));
      case 'regexp':
        return constant(
          words.some((word) => new RegExp(`^(?:${node.value})$`, node.caseInsensitive ? 'sui' : 'su').test(word)),
        );
      case 'fuzzy':
        return this.fuzzy(node.field, String(node.value), node.fuzzy, document);
      case 'match_phrase_prefix':
        return this.phrasePrefix(node, document);
      default: {
        const terms = this.termsOf(node.field, String(node.query));
        const last = terms.pop();
        const scores = terms.map((term) => this.word(node.field, term, node.fuzzy, document));
        if (last !== undefined) scores.push(constant(words.some((word) => word.startsWith(last))));
        const there = scores.filter((score) => score !== undefined);
        const needed = node.operator === 'and' ? scores.length : Number(node.minimumShouldMatch ?? 1);
        return there.length >= Math.max(1, needed) ? there.reduce((a, b) => a + b, 0) : undefined;
      }
    }
  }

  word(field: string, word: string, fuzzy: FuzzyOptions | undefined, document: TestDocument): number | undefined {
    if (fuzzy) return this.fuzzy(field, word, fuzzy, document);
    return this.sum(field, [{ term: word, idf: this.index.idf(field, word), weight: 1 }], document);
  }

  private fuzzy(field: string, word: string, options: FuzzyOptions, document: TestDocument): number | undefined {
    const chars = Array.from(word);
    const auto = chars.length < 3 ? 0 : chars.length < 6 ? 1 : 2;
    const allowed = typeof options.fuzziness === 'number' ? options.fuzziness : auto;
    const head = chars.slice(0, options.prefixLength).join('');
    const terms = this.vocabulary(field)
      .map((term) => {
        const tail = Array.from(term.slice(head.length));
        const apart = naiveEditDistance(chars.slice(options.prefixLength), tail, options.transpositions);
        const shorter = Math.min(chars.length, Array.from(term).length);
        const weight = term === word ? 1 : 1 - apart / shorter;
        return { term, weight, possible: term.startsWith(head) && apart <= allowed && weight > 0 };
      })
      .filter(({ possible, term }) => possible || term === word)
      .toSorted((a, b) => b.weight - a.weight || compareCodePoints(a.term, b.term))
      .slice(0, options.maxExpansions);
    // All count as often as the most frequent of them.
    const idf = Math.min(...terms.map(({ term }) => this.index.idf(field, term)));
    return this.sum(
      field,
      terms.map((term) => ({ ...term, idf })),
      document,
    );
  }

  private phrasePrefix(
    { field, query, maxExpansions }: Extract<QueryNode, { type: 'match_phrase_prefix' }>,
    document: TestDocument,
  ): number | undefined {
    const { index } = this;
    const values = index.words(field, document);
    if (index.isKeyword(field)) return values.flat().some((value) => value.startsWith(String(query))) ? 1 : undefined;
    const terms = this.termsOf(field, String(query));
    const last = terms.pop();
    if (last === undefined) return undefined;
    const ends = this.vocabulary(field)
      .filter((term) => term.startsWith(last))
      .toSorted(compareCodePoints)
      .slice(0, maxExpansions);
    const idfs = ends.map((term) => ({ term, idf: index.idf(field, term), weight: 1 }));
    if (terms.length === 0) return this.sum(field, idfs, document);
    let freq = 0;
    for (const words of values) {
      for (let at = 0; at + terms.length < words.length; at++) {
        const begun = terms.every((term, i) => words[at + i] === term);
        if (begun && ends.includes(words[at + terms.length]!)) freq++;
      }
    }
    const idf = [...terms, ...ends].reduce((sum, term) => sum + index.idf(field, term), 0);
    return freq === 0 ? undefined : index.bm25(field, idf, freq, document);
  }

  private sum(
    field: string,
    terms: readonly { term: string; idf: number; weight: number }[],
    document: TestDocument,
  ): number | undefined {
    const words = this.index.words(field, document).flat();
    const there = terms.filter(({ term }) => words.includes(term));
    if (there.length === 0) return undefined;
    return there.reduce((sum, { term, idf, weight }) => {
      const freq = words.filter((word) => word === term).length;
      return sum + weight * this.index.bm25(field, idf, freq, document);
    }, 0);
  }

  private vocabulary(field: string): string[] {
    return [...new Set(this.index.documents.flatMap((document) => this.index.words(field, document).flat()))];
  }

  private termsOf(field: string, query: string): string[] {
    return this.index.isKeyword(field) ? [query] : query.split(' ').filter(Boolean);
  }
}

function wildcardRegExp(wildcard: string, caseInsensitive: true | undefined): RegExp {
  const source = wildcard.replaceAll(/[*?]|./gsu, (part) =>
    part === '*' ? '.*' : part === '?' ? '.' : `\\u{${part.codePointAt(0)!.toString(16)}}`,
  );
  return new RegExp(`^${source}$`, caseInsensitive ? 'sui' : 'su');
}
