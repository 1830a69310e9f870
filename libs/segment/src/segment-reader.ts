import type { ByteAutomaton } from './automaton/byte-automaton.ts';
import type { SegmentMeta } from './segment-meta.ts';
import type { FieldType } from './field-spec.ts';
import type { Postings } from './postings/postings.ts';
import type { NumericColumn, KeywordColumn } from './columns/column.ts';

interface ByteSpan {
  readonly offset: number;
  readonly length: number;
}

/** Bytes that will probably be asked for in the next round: a source may read them along and answer from them then. */
export interface AheadRange extends ByteSpan {
  /** Worth it only if the range at this offset, which is asked for, has to be fetched: else its next round costs nothing now. */
  readonly after: number;
}

/** What of a term's a query will read once the dictionary has told where it lies. */
export type TermReach = 'postings' | 'positions';

/** Where a segment's bytes come from: an object store bound to one key, or an array in a test. */
export interface SegmentSource {
  /** In the order asked; each exactly `length` bytes. The same instance may be answered again (a cache). */
  read(ranges: readonly ByteSpan[], ahead?: readonly AheadRange[]): Promise<Uint8Array[]>;
  /** Told of units that were asked for and need not be read, for who counts them as cache hits. */
  noteHeld?(units: number): void;
}

/**
 * The reading side. Opening it read the footer; everything else is read in waves: `wave()` collects what a query needs,
 * `flush()` fetches it in one round of requests and verifies every unit's checksum, and the handles hold the result.
 * A unit that fails its check rejects the flush with `corrupt`. Readers keep no bytes of their own: caching is the
 * source's, and what is parsed is kept within `limitHotUnits`, for all readers of a thread together.
 */
export interface SegmentReader {
  readonly docCount: number;
  /** Undefined when no document of this segment has the field. */
  field(name: string): SegmentField | undefined;
  fieldNames(): string[];
  wave(watch?: TermWatch): ReadWave;
  /** The same segment read through another source: for who counts, limits or cancels the reads of one request. What is parsed is shared. */
  through(source: SegmentSource): SegmentReader;
  /** All ids in code point order, each once with its newest document: for merge-joins at commit. Several range reads. */
  idBlocks(): AsyncIterable<IdRun>;
  /** Reads the whole object and checks every section against its checksum in the footer. */
  verify(): Promise<void>;
}

/** A run of ascending ids with the newest document of each. */
export interface IdRun {
  readonly ids: readonly string[];
  readonly docs: Int32Array;
}

export interface SegmentField {
  readonly name: string;
  readonly type: FieldType;
  readonly docCount: number;
  /** Text: sum of all documents' tokens. Others: 0. */
  readonly tokenCount: number;
  /** Text and keyword: distinct terms. Others: 0. */
  readonly termCount: number;
}

/**
 * Stands by while a wave looks through dictionaries, which is the one reading whose cost a short query does not show.
 */
export interface TermWatch {
  /** Called for every block, with the terms that were taken of it; what it throws makes the flush (or the asking) fail. */
  spend(terms: number): void;
}

/** A value that exists once the wave it belongs to has been flushed; reading it before is a bug and throws. */
export interface Pending<T> {
  readonly value: T;
}

export interface ReadWave {
  // Round 1 of a query: the dictionaries.
  /** @param reach what will be asked of it next: the source may read that along */
  term(field: string, term: string, reach?: TermReach): Pending<TermInfo | undefined>;
  /** Terms in dictionary order within the bounds, at most `limit`; `complete` is false when there were more. */
  terms(field: string, bounds: TermBounds, limit: number): Pending<{ terms: TermInfo[]; complete: boolean }>;
  /** Terms that match, in dictionary order, at most `limit`; blocks that can hold none are not read. */
  matchingTerms(field: string, automaton: ByteAutomaton, limit: number): Pending<MatchedTerms>;
  /** Terms by ordinal (a keyword column's values), in the order asked. */
  termsByOrdinal(field: string, ordinals: ArrayLike<number>): Pending<string[]>;
  /** The bytes of a whole dictionary, which are read for a cache to keep and not looked at. How many they are. */
  dictionary(field: string): Pending<number>;

  // Round 2: what the scorers run over.
  postings(info: TermInfo, withPositions: boolean): Pending<Postings>;
  /** One byte a document (Lucene's length norm, `decodeNorm`); 0 where the document has no token in the field. */
  norms(field: string): Pending<Uint8Array>;
  numericColumn(field: string): Pending<NumericColumn>;
  keywordColumn(field: string): Pending<KeywordColumn>;
  /** rank[doc] = place of the document's `_id` among the segment's ids in code point order: for ties. */
  idRanks(): Pending<Uint16Array | Uint32Array>;
  /** Documents by `_id`: the newest document of each, or -1. In the order asked. */
  docsById(ids: readonly string[]): Pending<Int32Array>;

  // Round 3: what is shown.
  /** The `_id`s of documents, in the order asked, without their sources. @param ranks the segment's `idRanks` */
  ids(docs: ArrayLike<number>, ranks: ArrayLike<number>): Pending<string[]>;
  documents(docs: ArrayLike<number>): Pending<StoredDocument[]>;

  /**
   * One round of requests for all that was asked since the last flush. Undefined when everything was at hand: the values are
   * there then, without a wait; what would reject is thrown.
   */
  flush(): Promise<void> | undefined;
}

export interface TermInfo {
  readonly field: string;
  readonly term: string;
  /** Place in the field's dictionary. */
  readonly ordinal: number;
  readonly docFreq: number;
  /** Opaque to callers. */
  readonly location: unknown;
}

export interface MatchedTerms {
  readonly terms: TermInfo[];
  /** The automaton's mark of each. */
  readonly marks: number[];
  /** False when there were more. */
  readonly complete: boolean;
}

/** All present bounds hold. `prefix`, and `from` ≤ term < `to`, compared by UTF-8 bytes. */
export interface TermBounds {
  readonly prefix?: string;
  readonly from?: string;
  readonly fromExclusive?: boolean;
  readonly to?: string;
  readonly toInclusive?: boolean;
}

export interface StoredDocument {
  readonly id: string;
  /** JSON, UTF-8, as it was added. */
  readonly source: Uint8Array;
}

export type OpenSegment = (
  source: SegmentSource,
  meta: Pick<SegmentMeta, 'footer' | 'bytes'>,
) => Promise<SegmentReader>;
