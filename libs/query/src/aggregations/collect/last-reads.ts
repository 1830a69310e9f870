import type { Pending, ReadWave, StoredDocument } from '#libs/segment';
import type { SegmentData } from '../../execute/segment-data.ts';

const NO_SOURCE = new Uint8Array(0);

/** What aggregations of one segment read after they ran, in the round of the hits: terms of ordinals, documents. */
export class LastReads {
  private readonly ordinals = new Map<string, Set<number>>();
  /** Documents, and whether their source is wanted. */
  private readonly documents = new Map<number, boolean>();
  private readonly terms = new Map<string, Map<number, string>>();
  private readonly read = new Map<number, StoredDocument>();

  constructor(private readonly data: SegmentData) {}

  /** The ordinals of a keyword field whose terms will be asked for. */
  wantTerms(field: string): Set<number> {
    let asked = this.ordinals.get(field);
    if (!asked) this.ordinals.set(field, (asked = new Set()));
    return asked;
  }

  wantDocument(doc: number, withSource: boolean): void {
    this.documents.set(doc, withSource || (this.documents.get(doc) ?? false));
  }

  /** Asks for all of it in a wave. @returns to be called when the wave has been flushed */
  ask(wave: ReadWave): () => void {
    const settle: (() => void)[] = [];
    for (const [field, asked] of this.ordinals) {
      const sorted = [...asked].toSorted((a, b) => a - b);
      const pending = wave.termsByOrdinal(field, sorted);
      settle.push(() => {
        this.terms.set(field, new Map(pending.value.map((term, at) => [sorted[at]!, term])));
      });
    }
    const shown = this.docsWhere(true);
    if (shown.length > 0) {
      const documents: Pending<StoredDocument[]> = wave.documents(shown);
      settle.push(() => this.keep(shown, documents.value));
    }
    const named = this.docsWhere(false);
    if (named.length > 0) {
      const ids = wave.ids(named, this.data.ranks);
      settle.push(() =>
        this.keep(
          named,
          ids.value.map((id) => ({ id, source: NO_SOURCE })),
        ),
      );
    }
    return () => {
      for (const step of settle) step();
    };
  }

  private docsWhere(withSource: boolean): number[] {
    return [...this.documents].filter(([, wanted]) => wanted === withSource).map(([doc]) => doc);
  }

  private keep(docs: readonly number[], documents: readonly StoredDocument[]): void {
    for (const [at, doc] of docs.entries()) this.read.set(doc, documents[at]!);
  }

  term(field: string, ordinal: number): string {
    return this.terms.get(field)!.get(ordinal)!;
  }

  document(doc: number): StoredDocument {
    return this.read.get(doc)!;
  }
}
