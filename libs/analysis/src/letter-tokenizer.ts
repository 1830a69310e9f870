import type { TokenBuffer } from './analyzer.ts';
import { ASCII_KIND, LETTER } from './ascii.ts';
import { termOf } from './term.ts';

const LETTERS = /\p{L}+/uy;

/** Runs of letters (Unicode category L), lower-cased: Lucene's SimpleAnalyzer. */
export function tokenizeLetters(text: string, out: TokenBuffer): void {
  out.clear();
  const length = text.length;
  for (let start = 0; start < length;) {
    let end = start;
    let code = 0;
    while (end < length && (code = text.charCodeAt(end)) < 128 && ASCII_KIND[code] === LETTER) end++;
    if (end < length && code >= 128) {
      LETTERS.lastIndex = end;
      if (LETTERS.test(text)) end = LETTERS.lastIndex;
    }
    if (end > start) out.push(termOf(text, start, end, true), out.length, start, end);
    // What ended the run is no letter.
    start = end + 1;
  }
}
