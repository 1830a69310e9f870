import { ByteWriter, type Yielder } from '#libs/kernel';
import { encodeKeywordColumn } from '../columns/keyword-column-writer.ts';
import { DictionaryWriter } from '../dictionary/dictionary-writer.ts';
import { TermTable } from '../dictionary/term-table.ts';
import type { ByteArena } from '../memory/byte-arena.ts';
import { Growable } from '../memory/growable.ts';
import type { MemoryLedger } from '../memory/memory-ledger.ts';
import { sortedOrder } from '../memory/sorted-order.ts';
import { PostingArena } from '../postings/posting-arena.ts';
import { PostingsWriter } from '../postings/postings-writer.ts';
import type { EncodedField } from './field-writer.ts';
import { sortWithinDocuments } from './sort-within-documents.ts';
import { wholeSection } from './whole-section.ts';

const STRIDE = 4096;
const NO_NORMS = new Uint8Array(0);

/** Inverts one keyword field and keeps its column: the distinct values of each document. */
export class KeywordFieldWriter {
  private readonly terms: TermTable;
  private readonly postings: PostingArena;
  private readonly docs: Growable<Uint32Array>;
  private readonly values: Growable<Uint32Array>;
  private docCount = 0;

  constructor(
    private readonly ignoreAbove: number,
    arena: ByteArena,
    ledger: MemoryLedger,
  ) {
    this.terms = new TermTable(ledger);
    this.postings = new PostingArena(arena, ledger);
    this.docs = new Growable(Uint32Array, ledger);
    this.values = new Growable(Uint32Array, ledger);
  }

  add(doc: number, value: string): void {
    if (value.length > this.ignoreAbove) return;
    const term = this.terms.numberOf(value);
    if (this.postings.lastDoc(term) === doc) return;
    if (this.docs.last !== doc) this.docCount++;
    this.postings.add(term, doc, 0);
    this.docs.push(doc);
    this.values.push(term);
  }

  async encode(docCount: number, yielder: Yielder): Promise<EncodedField> {
    const { postings, terms } = this;
    const order = await sortedOrder(terms, yielder);
    const ordinals = new Uint32Array(terms.size);
    const dictionary = new DictionaryWriter();
    const writer = new PostingsWriter();
    const body = new ByteWriter(4096);
    let work = 0;
    for (let ordinal = 0; ordinal < order.length; ordinal++) {
      const term = order[ordinal]!;
      ordinals[term] = ordinal;
      const docFreq = postings.read(term);
      body.clear();
      writer.write(body, postings.docs, undefined, docFreq, NO_NORMS);
      dictionary.add(terms.term(term), docFreq, undefined, body, undefined);
      work += 16 + docFreq;
      if (work < STRIDE) continue;
      work = 0;
      if (yielder.due()) await yielder.yield();
    }
    dictionary.finish();
    const values = this.values.values;
    for (let i = 0; i < this.values.length; i++) values[i] = ordinals[values[i]!]!;
    sortWithinDocuments(values, this.docs.values, this.docs.length);
    const column = encodeKeywordColumn(values, this.docs.values, this.docs.length, docCount, terms.size);
    return {
      docCount: this.docCount,
      tokenCount: 0,
      termCount: terms.size,
      dictionary: { index: dictionary.index, reach: dictionary.reach },
      sections: [...dictionary.sections(), { kind: 'column', section: wholeSection(column) }],
    };
  }
}
