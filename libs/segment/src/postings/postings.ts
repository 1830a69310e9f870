/** What a cursor's `doc` is after its last document. */
export const NO_MORE_DOCS = 0x7fffffff;

/** Documents per full postings block; the last block of a term may be shorter. */
export const POSTINGS_BLOCK = 128;

/**
 * The postings of one term: verified, immutable, shared by all cursors. Documents are cut into blocks of
 * POSTINGS_BLOCK; the arrays describe the blocks, so that a query can skip whole blocks without decoding them.
 */
export interface Postings {
  readonly docFreq: number;
  readonly blockCount: number;
  /** Last document of each block, ascending. */
  readonly blockLastDocs: Int32Array;
  /**
   * Impacts of block b: the pairs i in [impactStarts[b], impactStarts[b + 1]). They are the Pareto-optimal
   * (frequency, norm byte) pairs of the block or a bound on them: for every document of the block there is a pair with
   * frequency ≥ its frequency and (decoded) length ≤ its length. Keyword fields have the one pair (1, norm 1).
   */
  readonly impactStarts: Int32Array;
  readonly impactFreqs: Int32Array;
  readonly impactNorms: Uint8Array;
  readonly hasPositions: boolean;
  /** The same object whenever these are the same postings: what is derived from them can be kept beside it, weakly. */
  readonly identity: object;
  cursor(): PostingsCursor;
}

/**
 * A place in a Postings. `doc` is -1 before the first move and NO_MORE_DOCS after the last document; moving on from
 * there is legal and stays there. Not shared between queries. One concrete class implements it: hot loops stay
 * monomorphic.
 */
export interface PostingsCursor {
  readonly doc: number;
  /** Moves to the next document; answers it. */
  next(): number;
  /** Moves to the first document ≥ target (which must be ≥ doc); answers it. */
  advance(target: number): number;
  /** Occurrences in the current document (1 for keyword fields). Illegal before the first and after the last document. */
  freq(): number;
  /** The block that holds the first document ≥ target, by its number, without decoding or moving; blockCount if none. */
  blockOf(target: number): number;
  /**
   * The current document's positions, ascending: written to `out` (grown by the caller to at least `freq()`), counted
   * in the answer. Only when `hasPositions`.
   */
  positions(out: Int32Array): number;

  /**
   * Bulk access for loops over whole blocks: decodes the documents of the block that holds the first document ≥ target
   * and answers its size (0 at the end); they then stand in `blockDocs`, until the next move.
   * After it `doc` is undefined: use either the single moves or the bulk ones on one cursor.
   */
  loadBlock(target: number): number;
  /** The same for a block by its number (0 … blockCount − 1), in any order. */
  loadBlockAt(block: number): number;
  /** Decodes the frequencies of the loaded block into `blockFreqs`. */
  loadFreqs(): void;
  /** The frequency of the loaded block's document `blockDocs[index]`: for a few of them, without decoding all. */
  freqAt(index: number): number;
  readonly blockDocs: Int32Array;
  readonly blockFreqs: Int32Array;
  /** Gives the buffers to the next cursor. Optional, and only for who alone has the cursor: it is dead then. */
  release(): void;
}
