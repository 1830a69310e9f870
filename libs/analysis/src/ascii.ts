/** What the fast path knows about the first 128 code points; the values are those of UAX #29's Word_Break property. */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

/** A table of 128 bytes: the value of each character's group, 0 for the others. */
function table(groups: readonly (readonly [characters: string, value: (code: number) => number])[]): Uint8Array {
  const values = new Uint8Array(128);
  for (const [characters, value] of groups) {
    for (let i = 0; i < characters.length; i++) values[characters.charCodeAt(i)] = value(characters.charCodeAt(i));
  }
  return values;
}

/** The lower-cased code of a letter, digit or underscore (ALetter, Numeric, ExtendNumLet); 0 for all others. */
export const ASCII_WORD = table([
  [LETTERS, (code) => code | 0x20],
  [`${DIGITS}_`, (code) => code],
]);

export const LETTER = 1;
export const DIGIT = 2;

/** LETTER, DIGIT or 0. */
export const ASCII_KIND = table([
  [LETTERS, () => LETTER],
  [DIGITS, () => DIGIT],
]);

/** Between two of which kinds this character joins: MidLetter `:`, MidNum `,` `;`, MidNumLet and Single_Quote both. */
export const ASCII_JOINS = table([
  [':', () => LETTER],
  [',;', () => DIGIT],
  [".'", () => LETTER | DIGIT],
]);
