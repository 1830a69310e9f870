import { MAX_TERM_BYTES } from '../analyzer.ts';
import { mixHash } from '../term-cache.ts';

/** UTF-16 units of text that a batch is taken from. */
export const WINDOW_UNITS = 8192;

/**
 * Words of a stretch of text, lower-cased, as their UTF-8 in one array: word i is bytes[ends[i - 1], ends[i]), its hash by
 * `mixHash` over them is hashes[i]. Every word takes one position. Reused from stretch to stretch, so no object is made for
 * a word.
 */
export class WordBatch {
  length = 0;
  /** A unit takes at most three bytes; the last word may go on behind the window. */
  readonly bytes = new Uint8Array(3 * WINDOW_UNITS + MAX_TERM_BYTES);
  readonly ends = new Int32Array(WINDOW_UNITS + 1);
  readonly hashes = new Int32Array(WINDOW_UNITS + 1);
}

/** Writes the UTF-8 of `text` at `to`, lone surrogates as U+FFFD. @returns its end; the caller has made room */
export function writeUtf8(text: string, bytes: Uint8Array, to: number): number {
  let at = to;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
      continue;
    }
    if ((code & 0xf800) === 0xd800) {
      const low = code < 0xdc00 && i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if ((low & 0xfc00) === 0xdc00) {
        code = 0x1_0000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
        i++;
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
        continue;
      }
      code = 0xfffd;
    }
    bytes[at++] = 0xe0 | (code >> 12);
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    bytes[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}

/** By `mixHash`, from 0 on. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) hash = mixHash(hash, bytes[at]!);
  return hash;
}
