import { WordBatch, type WordAnalysis } from '#libs/analysis';
import { TermTable } from '../dictionary/term-table.ts';
import type { MemoryLedger } from '../memory/memory-ledger.ts';

/** Shared: a batch is read before the next is taken. */
const batch = new WordBatch();

/**
 * From a field's words to the numbers of their terms. Where a word is its own term they are looked up as they are; else a
 * table of the words remembers for each the number of its term, so that a word is stemmed once a segment.
 */
export class FieldWords {
  readonly batch = batch;
  private readonly known: TermTable | undefined;
  /** By number of the word: the number of its term, -1 where it has none. */
  private termOfWord = new Int32Array(64);
  private derived = 0;

  constructor(
    readonly analysis: WordAnalysis,
    private readonly terms: TermTable,
    private readonly ledger: MemoryLedger,
  ) {
    this.known = analysis.termFor && new TermTable(ledger);
    ledger.bytes += this.termOfWord.byteLength;
  }

  /** Per word of the batch the number of its term, -1 for none; valid until the next call. */
  termsOf(words: WordBatch): Int32Array {
    const { known } = this;
    if (!known) return this.terms.numbersOf(words);
    const numbers = known.numbersOf(words);
    while (this.derived < known.size) this.derive(known);
    const { termOfWord } = this;
    for (let i = 0; i < words.length; i++) numbers[i] = termOfWord[numbers[i]!]!;
    return numbers;
  }

  private derive(known: TermTable): void {
    const word = this.derived++;
    if (word === this.termOfWord.length) {
      const grown = new Int32Array(Math.ceil(word * 1.5));
      grown.set(this.termOfWord);
      this.ledger.bytes += grown.byteLength - this.termOfWord.byteLength;
      this.termOfWord = grown;
    }
    const bytes = known.term(word);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    const term = this.analysis.termFor!(text);
    this.termOfWord[word] = term === '' ? -1 : this.terms.numberOf(term);
  }
}
