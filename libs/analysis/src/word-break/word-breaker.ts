import {
  A_LETTER,
  CR,
  DOUBLE_QUOTE,
  EXTEND,
  EXTEND_NUM_LET,
  FORMAT,
  HEBREW_LETTER,
  KATAKANA,
  LF,
  MID_LETTER,
  MID_NUM,
  MID_NUM_LET,
  NEWLINE,
  NUMERIC,
  PICTOGRAPHIC,
  REGIONAL_INDICATOR,
  SINGLE_QUOTE,
  WORD_BREAK_CLASSES,
  WORD_BREAK_MASK,
  W_SEG_SPACE,
  ZWJ,
} from './word-break-classes.ts';

const bit = (code: number): number => 1 << code;
/** What WB4 attaches to the character before it. */
const IGNORED = bit(EXTEND) | bit(FORMAT) | bit(ZWJ);
const LINE_ENDS = bit(CR) | bit(LF) | bit(NEWLINE);
const AH_LETTER = bit(A_LETTER) | bit(HEBREW_LETTER);
/** What makes a segment a word. */
const WORD = AH_LETTER | bit(NUMERIC) | bit(KATAKANA);
const JOINED_BY_UNDERSCORE = WORD | bit(EXTEND_NUM_LET);
const BETWEEN_LETTERS = bit(MID_LETTER) | bit(MID_NUM_LET) | bit(SINGLE_QUOTE);
const BETWEEN_DIGITS = bit(MID_NUM) | bit(MID_NUM_LET) | bit(SINGLE_QUOTE);

/**
 * The default word boundaries of UAX #29 (revision 43, rules WB1 … WB999), one segment at a time. Every rule looks back no
 * further than the start of its own segment, so a scan may start at any boundary. Time is linear in the segment.
 */
export class WordBreaker {
  /** Of the segment that `end` found last: the class (with flags) of its first code point. */
  firstClass = 0;
  /** Of that segment: whether it has a letter, a digit or a Katakana. */
  isWord = false;

  /** @param start a boundary before the end of the text @returns the next boundary after it, a UTF-16 offset */
  end(text: string, start: number): number {
    const first = text.codePointAt(start)!;
    const firstClass = WORD_BREAK_CLASSES[first]!;
    this.firstClass = firstClass;
    let at = start + (first > 0xffff ? 2 : 1);
    // The last code point that is not ignored, and the very last one.
    let base = firstClass & WORD_BREAK_MASK;
    let raw = base;
    let isWord = (bit(base) & WORD) !== 0;
    // WB3, WB3a
    if (base === CR) at += text.charCodeAt(at) === 0x0a ? 1 : 0;
    let pairOpen = base === REGIONAL_INDICATOR;
    const length = (bit(base) & LINE_ENDS) === 0 ? text.length : at;

    while (at < length) {
      const code = text.codePointAt(at)!;
      const flagged = WORD_BREAK_CLASSES[code]!;
      const next = flagged & WORD_BREAK_MASK;
      const after = at + (code > 0xffff ? 2 : 1);
      const nextBit = bit(next);
      if ((nextBit & IGNORED) !== 0) {
        raw = next; // WB4
        at = after;
        continue;
      }
      const baseBit = bit(base);
      let joined = false;
      if ((baseBit & AH_LETTER) !== 0) {
        joined =
          (nextBit & (AH_LETTER | bit(NUMERIC) | bit(EXTEND_NUM_LET))) !== 0 || // WB5, WB9, WB13a
          ((nextBit & BETWEEN_LETTERS) !== 0 && (nextBase(text, after) & AH_LETTER) !== 0) || // WB6
          (base === HEBREW_LETTER &&
            (next === SINGLE_QUOTE || (next === DOUBLE_QUOTE && nextBase(text, after) === bit(HEBREW_LETTER)))); // WB7a, b
      } else if (base === NUMERIC) {
        joined =
          (nextBit & (AH_LETTER | bit(NUMERIC) | bit(EXTEND_NUM_LET))) !== 0 || // WB8, WB10, WB13a
          ((nextBit & BETWEEN_DIGITS) !== 0 && nextBase(text, after) === bit(NUMERIC)); // WB12
      } else if (base === KATAKANA) {
        joined = next === KATAKANA || next === EXTEND_NUM_LET; // WB13, WB13a
      } else if (base === EXTEND_NUM_LET) {
        joined = (nextBit & JOINED_BY_UNDERSCORE) !== 0; // WB13a, WB13b
      } else if (base === REGIONAL_INDICATOR) {
        joined = pairOpen && next === REGIONAL_INDICATOR; // WB15, WB16
        pairOpen = false;
      } else if (base === W_SEG_SPACE) {
        joined = raw === W_SEG_SPACE && next === W_SEG_SPACE; // WB3d
      }
      // WB3c. The pictograph counts as itself from here on.
      if (!joined && !(raw === ZWJ && (flagged & PICTOGRAPHIC) !== 0)) break;

      if (joined && (nextBit & (BETWEEN_LETTERS | BETWEEN_DIGITS | bit(DOUBLE_QUOTE))) !== 0) {
        // WB7, WB7c, WB11: what was looked ahead for belongs to the segment, whatever is in between.
        const wanted = skipIgnored(text, after);
        const wantedCode = wanted < text.length ? text.codePointAt(wanted)! : 0;
        const wantedBase = WORD_BREAK_CLASSES[wantedCode]! & WORD_BREAK_MASK;
        const crossed = (baseBit & AH_LETTER) !== 0 ? AH_LETTER : bit(NUMERIC);
        if (wanted < text.length && (bit(wantedBase) & crossed) !== 0) {
          base = wantedBase;
          raw = wantedBase;
          at = wanted + (wantedCode > 0xffff ? 2 : 1);
          continue;
        }
      }
      base = next;
      raw = next;
      isWord ||= (nextBit & WORD) !== 0;
      at = after;
    }
    this.isWord = isWord;
    return at;
  }
}

/** From `from` on, the first place that WB4 does not attach to what was before. */
export function skipIgnored(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.codePointAt(at)!;
    if ((bit(WORD_BREAK_CLASSES[code]! & WORD_BREAK_MASK) & IGNORED) === 0) break;
    at += code > 0xffff ? 2 : 1;
  }
  return at;
}

/** The bit of the next code point that WB4 does not skip; 0 at the end of the text. */
function nextBase(text: string, from: number): number {
  const at = skipIgnored(text, from);
  return at < text.length ? bit(WORD_BREAK_CLASSES[text.codePointAt(at)!]! & WORD_BREAK_MASK) : 0;
}

/** All boundaries of a text, ascending, 0 and its length included; [] for the empty text. */
export function wordBoundaries(text: string): number[] {
  const breaker = new WordBreaker();
  const boundaries: number[] = text.length > 0 ? [0] : [];
  for (let at = 0; at < text.length; boundaries.push(at)) at = breaker.end(text, at);
  return boundaries;
}
