/** Characters of two columns (East Asian Width W and F, and emoji), as terminals draw them. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;
/** Drawn over the character before, or not at all. */
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** The columns that one code point takes on a terminal. */
export function characterWidth(character: string): 0 | 1 | 2 {
  // Nearly all text is this.
  if (character < '\u0300') return 1;
  if (NONE.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}
