import { WORD_BREAK_RANGES } from './word-break-ranges.ts';

/** Word_Break values (UAX #29, table 3): the low five bits of a code point's class. 0 is `Other`. */
export const CR = 1;
export const LF = 2;
export const NEWLINE = 3;
export const EXTEND = 4;
export const ZWJ = 5;
export const FORMAT = 6;
export const REGIONAL_INDICATOR = 7;
export const KATAKANA = 8;
export const HEBREW_LETTER = 9;
export const A_LETTER = 10;
export const SINGLE_QUOTE = 11;
export const DOUBLE_QUOTE = 12;
export const MID_NUM_LET = 13;
export const MID_LETTER = 14;
export const MID_NUM = 15;
export const NUMERIC = 16;
export const EXTEND_NUM_LET = 17;
export const W_SEG_SPACE = 18;
export const WORD_BREAK_MASK = 31;

/** Flags above them. */
/** Line_Break = SA: Thai, Lao, Khmer, Myanmar …, written without spaces. */
export const COMPLEX_CONTEXT = 32;
/** Script = Han or Hiragana. */
export const IDEOGRAPH = 64;
/** Extended_Pictographic. */
export const PICTOGRAPHIC = 128;

const CODE_OF: Record<keyof typeof WORD_BREAK_RANGES, number> = {
  CR,
  LF,
  Newline: NEWLINE,
  Extend: EXTEND,
  ZWJ,
  Format: FORMAT,
  Regional_Indicator: REGIONAL_INDICATOR,
  Katakana: KATAKANA,
  Hebrew_Letter: HEBREW_LETTER,
  ALetter: A_LETTER,
  Single_Quote: SINGLE_QUOTE,
  Double_Quote: DOUBLE_QUOTE,
  MidNumLet: MID_NUM_LET,
  MidLetter: MID_LETTER,
  MidNum: MID_NUM,
  Numeric: NUMERIC,
  ExtendNumLet: EXTEND_NUM_LET,
  WSegSpace: W_SEG_SPACE,
  Complex_Context: COMPLEX_CONTEXT,
  Ideograph: IDEOGRAPH,
  Pictographic: PICTOGRAPHIC,
};

/** One byte a code point: 1.1 MB of which only the pages of living scripts are ever touched; no search in the hot loop. */
export const WORD_BREAK_CLASSES: Uint8Array = expand();

function expand(): Uint8Array {
  const classes = new Uint8Array(0x110000);
  for (const [name, ranges] of Object.entries(WORD_BREAK_RANGES)) {
    const code = CODE_OF[name as keyof typeof WORD_BREAK_RANGES];
    let at = 0;
    for (const range of ranges.split(' ')) {
      const [gap, more] = range.split(':');
      at += Number.parseInt(gap!, 36);
      const last = at + (more === undefined ? 0 : Number.parseInt(more, 36));
      while (at <= last) classes[at++]! |= code;
    }
  }
  return classes;
}
