/** Letters that Unicode does not take apart, and the punctuation that keyboards lack: each with what it becomes. */
const FOLDED: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'ÆAE ǼAE ǢAE æae ǽae ǣae ᴁAE ŒOE œoe ɶOE ØO ǾO øo ǿo ƆO ɔo ƟO ɵo ßss ẞSS ſs ÞTH þth ÐD ðd ĐD đd ƉD ɖd ƊD',
    `ɗd ŁL łl ȽL ƚl ɫl ĦH ħh ıi ƗI ɨi ĲIJ ĳij ȷj ɈJ ɉj ĸq ƘK ƙk ŊN ŋn ƝN ɲn ŉ'n ŦT ŧt ƬT ƭt ȾT ⱦt ƁB ɓb ɃB ƀb`,
    'ƂB ƃb ƇC ƈc ȻC ȼc ƏA əa ƐE ɛe ɆE ɇe ƎE ǝe ƑF ƒf ƓG ɠg ǤG ǥg ƜM ɯm ƤP ƥp ɊQ ɋq ɌR ɍr ɄU ʉu ƲV ʋv ɅV ʌv ƳY',
    `ƴy ɎY ɏy ƵZ ƶz ȤZ ȥz ȺA ⱥa ᴀA ᴇE ɪI ᴏO ᴜU ʙB ʀR ɴN ʜH ʟL ɢG ʏY ‘' ’' ‚' ‛' ′' ‹' ›' “" ”" „" ″" «" »" ‐-`,
    '‑- ‒- –- —- ⁓~ ⁄/',
  ].flatMap((line) => line.split(' ').map((pair) => [pair[0], pair.slice(1)])),
);

const ASCII_ONLY = /^[\0-\x7f]*$/;
const MARKS = /\p{M}+/gu;
const MARK = /^\p{M}$/u;

const folds = new Map<string, string>(Object.entries(FOLDED));

/**
 * Letters, digits and punctuation as their nearest in ASCII: café → cafe, Straße → Strasse, １２ → 12, ﬁ → fi. What has none
 * (Greek, Cyrillic, ideographs) stays. Unlike Lucene's filter it also drops the combining marks of a letter that is written in
 * two code points, so that both spellings of é are one.
 */
export function foldToAscii(text: string): string {
  if (ASCII_ONLY.test(text)) return text;
  let folded = '';
  let inAscii = false;
  for (const letter of text) {
    if (MARK.test(letter)) {
      if (!inAscii) folded += letter;
      continue;
    }
    const next = foldLetter(letter);
    inAscii = next.charCodeAt(0) < 128;
    folded += next;
  }
  return folded;
}

function foldLetter(letter: string): string {
  if (letter.codePointAt(0)! < 128) return letter;
  const known = folds.get(letter);
  if (known !== undefined) return known;
  const plain = Array.from(letter.normalize('NFKD').replaceAll(MARKS, ''), (part) => FOLDED[part] ?? part).join('');
  const folded = plain !== '' && ASCII_ONLY.test(plain) && plain.trim() !== '' ? plain : letter;
  // A bounded number: code points of Unicode that are no ideographs and have been met.
  if (folded !== letter) folds.set(letter, folded);
  return folded;
}
