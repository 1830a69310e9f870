import type { PositionsData } from '../positions/positions-data.ts';
import { BlockPostingsCursor } from './block-postings-cursor.ts';
import type { PostingsData } from './postings-data.ts';
import type { Postings, PostingsCursor } from './postings.ts';

/** The one Postings class, for units and for postings that stand in the dictionary entry. */
export class BlockPostings implements Postings {
  readonly docFreq: number;
  readonly blockCount: number;
  readonly blockLastDocs: Int32Array;
  readonly impactStarts: Int32Array;
  readonly impactFreqs: Int32Array;
  readonly impactNorms: Uint8Array;
  readonly hasPositions: boolean;

  constructor(
    readonly data: PostingsData,
    private readonly positions: PositionsData | undefined,
  ) {
    this.docFreq = data.docFreq;
    this.blockCount = data.blockCount;
    this.blockLastDocs = data.blockLastDocs;
    this.impactStarts = data.impactStarts;
    this.impactFreqs = data.impactFreqs;
    this.impactNorms = data.impactNorms;
    this.hasPositions = positions !== undefined;
  }

  get identity(): object {
    return this.data;
  }

  cursor(): PostingsCursor {
    return new BlockPostingsCursor(this.data, this.positions);
  }
}
