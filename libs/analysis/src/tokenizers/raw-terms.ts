import type { TokenBuffer } from '../analyzer.ts';
import { termOf } from '../term.ts';
import type { Tokenizer } from '../token-filter.ts';

/** The words that `tokenize` finds, as they stand in the text: for tokenizers that lower-case in passing. */
export function asTheyStand(tokenize: Tokenizer['tokenize']): Tokenizer['tokenize'] {
  return (text, out) => {
    tokenize(text, out);
    for (let at = 0; at < out.length; at++) out.terms[at] = termOf(text, out.starts[at]!, out.ends[at]!, false);
  };
}

/** Words of more than `limit` characters cut into pieces, each with a position of its own, as Lucene does. */
export function cutTo(limit: number, tokenize: Tokenizer['tokenize']): Tokenizer['tokenize'] {
  const whole: { starts: Int32Array; ends: Int32Array } = { starts: new Int32Array(0), ends: new Int32Array(0) };
  return (text, out) => {
    tokenize(text, out);
    const count = out.length;
    if (!isAnyLonger(out, limit)) return;
    whole.starts = out.starts.slice(0, count);
    whole.ends = out.ends.slice(0, count);
    out.clear();
    for (let at = 0; at < count; at++) {
      const end = whole.ends[at]!;
      for (let start = whole.starts[at]!; start < end;) {
        const next = pieceEnd(text, start, Math.min(end, start + limit));
        out.push(termOf(text, start, next, false), out.length, start, next);
        start = next;
      }
    }
  };
}

function isAnyLonger(tokens: TokenBuffer, limit: number): boolean {
  for (let at = 0; at < tokens.length; at++) if (tokens.ends[at]! - tokens.starts[at]! > limit) return true;
  return false;
}

/** `end`, or one less where it would part a surrogate pair and more than one unit is left. */
function pieceEnd(text: string, start: number, end: number): number {
  const parts =
    end < text.length && (text.charCodeAt(end) & 0xfc00) === 0xdc00 && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  if (!parts) return end;
  return end - start > 1 ? end - 1 : end + 1;
}
