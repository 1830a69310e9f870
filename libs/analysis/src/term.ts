import { MAX_TERM_BYTES } from './analyzer.ts';

/** V8 copies shorter slices; a longer one would keep the whole text alive for as long as the term lives. */
const SLICE_KEEPS_PARENT_FROM = 13;
const ASCII_ONLY = /^[\0-\x7f]*$/;

/**
 * The term that stands for text[start, end): lower-cased if asked, well-formed (a lone surrogate becomes U+FFFD, so that its
 * UTF-8 is lossless), cut to MAX_TERM_BYTES at a code point, and free of the text's memory. Looks at no more than
 * MAX_TERM_BYTES units, so a token of a megabyte costs no more than one of a kilobyte.
 */
export function termOf(text: string, start: number, end: number, lowerCased: boolean): string {
  const raw = text.slice(start, withinPair(text, start, Math.min(end, start + MAX_TERM_BYTES)));
  const term = lowerCased ? lowerCase(raw) : raw;
  if (ASCII_ONLY.test(term)) return detach(term);
  return detach(cutToBytes(term.toWellFormed(), MAX_TERM_BYTES));
}

/**
 * Unicode's simple lower-casing, a code point for a code point, as Java's Character.toLowerCase and so Lucene does it.
 * JavaScript's full mapping differs in two letters: it makes İ two characters, and Σ a ς at the end of a word.
 */
export function lowerCase(text: string): string {
  const simple = /[İΣ]/.test(text) ? text.replaceAll('İ', 'i').replaceAll('Σ', 'σ') : text;
  return simple.toLowerCase();
}

/** A term that a filter has made, within the bounds of every term: well-formed, at most MAX_TERM_BYTES. */
export function boundedTerm(term: string): string {
  return term.length * 3 <= MAX_TERM_BYTES ? term : cutToBytes(term.toWellFormed(), MAX_TERM_BYTES);
}

/** `end`, or one less where it would part a surrogate pair. */
function withinPair(text: string, start: number, end: number): number {
  if (end >= text.length || end - start < 2) return end;
  const splits = (text.charCodeAt(end) & 0xfc00) === 0xdc00 && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return splits ? end - 1 : end;
}

/** The longest prefix of whole code points within so many bytes of UTF-8. The text must be well-formed. */
function cutToBytes(text: string, limit: number): string {
  if (text.length * 3 <= limit) return text;
  let bytes = 0;
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > limit) return text.slice(0, at);
    at += code > 0xffff ? 2 : 1;
  }
  return text;
}

function detach(term: string): string {
  return term.length < SLICE_KEEPS_PARENT_FROM ? term : Buffer.from(term, 'utf16le').toString('utf16le');
}
