import type { TokenBuffer } from './analyzer.ts';
import { termOf } from './term.ts';

/** What parts words: Java's Character.isWhitespace, as in Lucene; no-break spaces do not part. */
export function tokenizeWhitespace(text: string, out: TokenBuffer): void {
  out.clear();
  const length = text.length;
  for (let at = 0; at < length;) {
    if (isWhitespace(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const start = at;
    while (at < length && !isWhitespace(text.charCodeAt(at))) at++;
    out.push(termOf(text, start, at, false), out.length, start, at);
  }
}

function isWhitespace(code: number): boolean {
  if (code < 128) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f);
  if (code < 0x1680) return false;
  if (code >= 0x2000 && code <= 0x200a) return code !== 0x2007;
  return code === 0x1680 || code === 0x2028 || code === 0x2029 || code === 0x205f || code === 0x3000;
}
