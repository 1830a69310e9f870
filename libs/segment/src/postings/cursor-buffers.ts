import { POSITIONS_BLOCK } from '../layout.ts';
import { POSTINGS_BLOCK } from './postings.ts';

/** Kept for the next cursors: a query has a few at a time, and making arrays costs a small one more than decoding. */
const MAX_SPARE = 64;

/** What a cursor decodes into. Undefined contents between two cursors. */
export class CursorBuffers {
  readonly docs = new Int32Array(POSTINGS_BLOCK);
  readonly freqs = new Int32Array(POSTINGS_BLOCK);
  readonly positions = new Int32Array(POSITIONS_BLOCK);
}

const spare: CursorBuffers[] = [];

export const takeBuffers = (): CursorBuffers => spare.pop() ?? new CursorBuffers();

/** Buffers of a cursor that is not used any more. */
export function giveBuffers(buffers: CursorBuffers): void {
  if (spare.length < MAX_SPARE) spare.push(buffers);
}
