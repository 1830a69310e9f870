import { assert, type Yielder } from '#libs/kernel';
import { encodeNumericColumn } from '../columns/numeric-column-writer.ts';
import { Growable } from '../memory/growable.ts';
import type { MemoryLedger } from '../memory/memory-ledger.ts';
import type { EncodedField } from './field-writer.ts';
import { sortWithinDocuments } from './sort-within-documents.ts';
import { wholeSection } from './whole-section.ts';

/** Keeps the column of one long, double, boolean or date field. */
export class NumberFieldWriter {
  private readonly docs: Growable<Uint32Array>;
  private readonly values: Growable<Float64Array>;
  private docCount = 0;
  private min = Infinity;
  private max = -Infinity;

  /** @param integers whether -0 is 0: a long column that holds one must not fall back to doubles */
  constructor(
    private readonly integers: boolean,
    ledger: MemoryLedger,
  ) {
    this.docs = new Growable(Uint32Array, ledger);
    this.values = new Growable(Float64Array, ledger);
  }

  add(doc: number, value: number): void {
    assert(Number.isFinite(value), `a number field takes finite numbers, not ${value}`);
    if (this.docs.last !== doc) this.docCount++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.docs.push(doc);
    this.values.push(this.integers ? value + 0 : value);
  }

  async encode(docCount: number, yielder: Yielder): Promise<EncodedField> {
    if (yielder.due()) await yielder.yield();
    sortWithinDocuments(this.values.values, this.docs.values, this.docs.length);
    const column = encodeNumericColumn(this.values.values, this.docs.values, this.docs.length, docCount);
    return {
      docCount: this.docCount,
      tokenCount: 0,
      termCount: 0,
      ...(this.docCount > 0 && { min: this.min + 0, max: this.max + 0 }),
      dictionary: undefined,
      sections: [{ kind: 'column', section: wholeSection(column) }],
    };
  }
}
