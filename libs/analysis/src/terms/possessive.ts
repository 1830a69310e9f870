/** dog's, dog’s, dog＇s → dog; as Lucene's EnglishPossessiveFilter. */
export function withoutPossessive(word: string): string {
  if (word.length < 2) return word;
  const last = word.charCodeAt(word.length - 1);
  if (last !== 0x73 && last !== 0x53) return word;
  const mark = word.charCodeAt(word.length - 2);
  return mark === 0x27 || mark === 0x2019 || mark === 0xff07 ? word.slice(0, -2) : word;
}

/** What stands before the first apostrophe, as Turkish writes suffixes of names: Türkiye'de → Türkiye. */
export function beforeApostrophe(word: string): string {
  const mark = word.search(/['\u2019]/);
  return mark < 0 ? word : word.slice(0, mark);
}
