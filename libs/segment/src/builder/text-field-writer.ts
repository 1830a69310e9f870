import { type Analyzer, type TokenBuffer } from '#libs/analysis';
import { ByteWriter, type Yielder } from '#libs/kernel';
import { DictionaryWriter } from '../dictionary/dictionary-writer.ts';
import { TermTable } from '../dictionary/term-table.ts';
import { MAX_POSITION, POSITION_GAP } from '../layout.ts';
import { encodeNorm } from '../length-norm.ts';
import type { ByteArena } from '../memory/byte-arena.ts';
import { Growable } from '../memory/growable.ts';
import type { MemoryLedger } from '../memory/memory-ledger.ts';
import { sortedOrder } from '../memory/sorted-order.ts';
import { encodeNorms } from '../norms/norms-writer.ts';
import { PositionsWriter } from '../positions/positions-writer.ts';
import { PostingArena } from '../postings/posting-arena.ts';
import { PostingsWriter } from '../postings/postings-writer.ts';
import type { EncodedField } from './field-writer.ts';
import { FieldWords } from './field-words.ts';
import { wholeSection } from './whole-section.ts';

/** Postings encoded between two looks at the clock: about a tenth of a millisecond. */
const STRIDE = 4096;

/** Inverts one text field. */
export class TextFieldWriter {
  private readonly terms: TermTable;
  private readonly words: FieldWords | undefined;
  /** Of the tokens of a value, where the analyzer has no words. */
  private numbers = new Int32Array(256);
  private readonly postings: PostingArena;
  /** Documents with at least one token, and their norms. */
  private readonly docs: Growable<Uint32Array>;
  private readonly norms: Growable<Uint8Array>;
  private tokenCount = 0;
  // Of the document that is open: tokens that count as length, and where the next value begins (0: no value yet).
  private length = 0;
  private nextPosition = 0;

  constructor(
    private readonly analyzer: Analyzer,
    private readonly tokens: TokenBuffer,
    arena: ByteArena,
    ledger: MemoryLedger,
  ) {
    this.terms = new TermTable(ledger);
    this.words = analyzer.words && new FieldWords(analyzer.words, this.terms, ledger);
    this.postings = new PostingArena(arena, ledger);
    this.docs = new Growable(Uint32Array, ledger);
    this.norms = new Growable(Uint8Array, ledger);
  }

  /** Whether the open document has no value of this field yet. */
  isFirstValue(): boolean {
    return this.nextPosition === 0;
  }

  add(doc: number, text: string): void {
    if (this.words) this.addWords(this.words, doc, text);
    else this.addTokens(doc, text);
    this.nextPosition = Math.min(this.nextPosition + POSITION_GAP, MAX_POSITION);
  }

  private addWords(words: FieldWords, doc: number, text: string): void {
    const { batch } = words;
    let base = this.nextPosition;
    for (let from = 0; from < text.length; base += batch.length) {
      from = words.analysis.scan(text, from, batch);
      const numbers = words.termsOf(batch);
      if (base + batch.length > MAX_POSITION) this.addPositions(doc, numbers, undefined, batch.length, base);
      else this.addRun(doc, numbers, batch.length, base);
    }
  }

  private addRun(doc: number, numbers: Int32Array, count: number, base: number): void {
    this.postings.addRun(numbers, count, doc, base);
    let added = 0;
    let last = -1;
    for (let i = 0; i < count; i++) {
      if (numbers[i]! < 0) continue;
      added++;
      last = i;
    }
    this.tokenCount += added;
    this.length += added;
    if (last >= 0) this.nextPosition = base + last + 1;
  }

  private addTokens(doc: number, text: string): void {
    const { tokens, terms } = this;
    this.analyzer.analyze(text, tokens);
    const count = tokens.length;
    if (count > this.numbers.length) this.numbers = new Int32Array(count * 2);
    for (let i = 0; i < count; i++) this.numbers[i] = terms.numberOf(tokens.terms[i]!);
    this.addPositions(doc, this.numbers, tokens.positions, count, this.nextPosition);
  }

  /** @param numbers of terms, -1 for none @param positions undefined: 0, 1, 2, … @param base added to them */
  private addPositions(
    doc: number,
    numbers: Int32Array,
    positions: Int32Array | undefined,
    count: number,
    base: number,
  ): void {
    const { postings } = this;
    let last = this.nextPosition - 1;
    let added = 0;
    let overlaps = 0;
    for (let i = 0; i < count; i++) {
      const term = numbers[i]!;
      if (term < 0) continue;
      const at = Math.min(base + (positions ? positions[i]! : i), MAX_POSITION);
      // Lucene's discountOverlaps: a synonym at its word's position does not make the document longer.
      if (at === last) overlaps++;
      last = at;
      added++;
      postings.add(term, doc, at);
    }
    this.tokenCount += added;
    this.length += added - overlaps;
    this.nextPosition = last + 1;
  }

  endDocument(doc: number): void {
    if (this.length > 0) {
      this.docs.push(doc);
      this.norms.push(encodeNorm(this.length));
    }
    this.length = 0;
    this.nextPosition = 0;
  }

  async encode(docCount: number, yielder: Yielder): Promise<EncodedField> {
    const { postings, terms, tokenCount } = this;
    const dense = new Uint8Array(docCount);
    for (let i = 0; i < this.docs.length; i++) dense[this.docs.values[i]!] = this.norms.values[i]!;

    const order = await sortedOrder(terms, yielder);
    const dictionary = new DictionaryWriter();
    const postingsWriter = new PostingsWriter();
    const positionsWriter = new PositionsWriter();
    const postingsBody = new ByteWriter(4096);
    const positionsBody = new ByteWriter(4096);
    let work = 0;
    for (const term of order) {
      const docFreq = postings.read(term);
      const totalTermFreq = postings.totalTermFreq(term);
      postingsBody.clear();
      positionsBody.clear();
      postingsWriter.write(postingsBody, postings.docs, postings.freqs, docFreq, dense);
      positionsWriter.write(positionsBody, postings.positionDeltas, totalTermFreq);
      dictionary.add(terms.term(term), docFreq, totalTermFreq, postingsBody, positionsBody);
      work += 16 + totalTermFreq;
      if (work < STRIDE) continue;
      work = 0;
      if (yielder.due()) await yielder.yield();
    }
    dictionary.finish();
    const norms = encodeNorms(this.docs.values, this.norms.values, this.docs.length, dense);
    return {
      docCount: this.docs.length,
      tokenCount,
      termCount: terms.size,
      dictionary: { index: dictionary.index, reach: dictionary.reach },
      sections: [...dictionary.sections(), { kind: 'norms', section: wholeSection(norms) }],
    };
  }
}
