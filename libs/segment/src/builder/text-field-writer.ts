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
import { wholeSection } from './whole-section.ts';

/** Postings encoded between two looks at the clock: about a tenth of a millisecond. */
const STRIDE = 4096;

/** Inverts one text field. */
export class TextFieldWriter {
  private readonly terms: TermTable;
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
    this.postings = new PostingArena(arena, ledger);
    this.docs = new Growable(Uint32Array, ledger);
    this.norms = new Growable(Uint8Array, ledger);
  }

  /** Whether the open document has no value of this field yet. */
  isFirstValue(): boolean {
    return this.nextPosition === 0;
  }

  add(doc: number, text: string): void {
    const { tokens, terms, postings } = this;
    this.analyzer.analyze(text, tokens);
    const count = tokens.length;
    if (count > 0) {
      const numbers = terms.numbersOf(tokens.terms, count);
      const positions = tokens.positions;
      const base = this.nextPosition;
      let position = -1;
      let overlaps = 0;
      for (let i = 0; i < count; i++) {
        const at = Math.min(base + positions[i]!, MAX_POSITION);
        // Lucene's discountOverlaps: a synonym at its word's position does not make the document longer.
        if (at === position) overlaps++;
        position = at;
        postings.add(numbers[i]!, doc, at);
      }
      this.tokenCount += count;
      this.length += count - overlaps;
      this.nextPosition = position + 1;
    }
    this.nextPosition = Math.min(this.nextPosition + POSITION_GAP, MAX_POSITION);
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
    const { postings, tokenCount } = this;
    const dense = new Uint8Array(docCount);
    for (let i = 0; i < this.docs.length; i++) dense[this.docs.values[i]!] = this.norms.values[i]!;

    const texts = this.terms.terms();
    const order = await sortedOrder(texts, yielder);
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
      dictionary.add(Buffer.from(texts[term]!, 'utf8'), docFreq, totalTermFreq, postingsBody, positionsBody);
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
      termCount: texts.length,
      dictionary: dictionary.index,
      sections: [...dictionary.sections(), { kind: 'norms', section: wholeSection(norms) }],
    };
  }
}
