/**
 * The English stemmer of Snowball ("Porter2", snowballstem.org/algorithms/english/stemmer.html, as of Snowball 2.0, which is
 * what Lucene's SnowballFilter("English") runs). Written out here because the stemmers at hand for JavaScript
 * implement Porter's older algorithm under this name. Takes a lower-cased word.
 *
 * R1 is what follows the first non-vowel after a vowel, R2 the same within R1; `p1` and `p2` are where they begin. A `y`
 * that acts as a consonant is written `Y` while the word is worked on.
 */
export function porter2(word: string): string {
  if (word.length < 3) return word;
  const special = EXCEPTIONS.get(word);
  if (special !== undefined) return special;

  const marked = markConsonantY(word.startsWith("'") ? word.slice(1) : word);
  const p1 = startOfR1(marked);
  const p2 = afterSyllable(marked, p1);
  let stem = step1a(marked);
  if (!KEPT_AFTER_1A.has(stem)) {
    stem = step1c(step1b(stem, p1));
    stem = step2(stem, p1);
    stem = step3(stem, p1, p2);
    stem = step4(stem, p2);
    stem = step5(stem, p1, p2);
  }
  return stem.replaceAll('Y', 'y');
}

const EXCEPTIONS = new Map<string, string>([
  ['skis', 'ski'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['idly', 'idl'],
  ['gently', 'gentl'],
  ['ugly', 'ugli'],
  ['early', 'earli'],
  ['only', 'onli'],
  ['singly', 'singl'],
  ...['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes'].map((word): [string, string] => [word, word]),
]);
const KEPT_AFTER_1A = new Set(['inning', 'outing', 'canning', 'herring', 'earring', 'proceed', 'exceed', 'succeed']);
const DOUBLES = new Set(['bb', 'dd', 'ff', 'gg', 'mm', 'nn', 'pp', 'rr', 'tt']);

const isVowel = (letter: string | undefined): boolean =>
  letter !== undefined && letter !== '' && 'aeiouy'.includes(letter);
const hasVowel = (text: string): boolean => /[aeiouy]/.test(text);

function markConsonantY(word: string): string {
  let marked = '';
  for (let i = 0; i < word.length; i++) {
    const letter = word[i]!;
    marked += letter === 'y' && (i === 0 || isVowel(marked[i - 1])) ? 'Y' : letter;
  }
  return marked;
}

function startOfR1(word: string): number {
  const irregular = /^(?:gener|commun|arsen)/.exec(word);
  return irregular ? irregular[0].length : afterSyllable(word, 0);
}

/** The place after the first non-vowel that follows a vowel, from `from` on; the word's length when there is none. */
function afterSyllable(word: string, from: number): number {
  let at = from;
  while (at < word.length && !isVowel(word[at])) at++;
  while (at < word.length && isVowel(word[at])) at++;
  return Math.min(at + 1, word.length);
}

/** Non-vowel, vowel, non-vowel other than w, x, Y; or, at the beginning of the word, vowel, non-vowel. */
function endsInShortSyllable(word: string): boolean {
  const last = word.at(-1);
  if (last === undefined || isVowel(last) || !isVowel(word.at(-2))) return false;
  return word.length === 2 || (!isVowel(word.at(-3)) && !'wxY'.includes(last));
}

function step1a(word: string): string {
  const bare = word.replace(/'(?:s'?)?$/, '');
  if (bare.endsWith('sses')) return bare.slice(0, -2);
  if (bare.endsWith('ied') || bare.endsWith('ies')) return bare.slice(0, bare.length > 4 ? -2 : -1);
  if (!bare.endsWith('s') || bare.endsWith('us') || bare.endsWith('ss')) return bare;
  return hasVowel(bare.slice(0, -2)) ? bare.slice(0, -1) : bare;
}

function step1b(word: string, p1: number): string {
  const eed = /eed(?:ly)?$/.exec(word);
  if (eed) return eed.index >= p1 ? word.slice(0, eed.index + 2) : word;
  const ending = /(?:ed|ing)(?:ly)?$/.exec(word);
  if (!ending) return word;
  const stem = word.slice(0, ending.index);
  if (!hasVowel(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (DOUBLES.has(stem.slice(-2))) return stem.slice(0, -1);
  return stem.length === p1 && endsInShortSyllable(stem) ? `${stem}e` : stem;
}

function step1c(word: string): string {
  const ends = word.length > 2 && /[yY]$/.test(word) && !isVowel(word.at(-2));
  return ends ? `${word.slice(0, -1)}i` : word;
}

/** Longest suffix first: the first that matches decides, whether or not it lies in the region. */
type Rules = readonly (readonly [suffix: string, replacement: string])[];

const STEP2: Rules = [
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['iveness', 'ive'],
  ['ization', 'ize'],
  ['ousness', 'ous'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['tional', 'tion'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ation', 'ate'],
  ['entli', 'ent'],
  ['fulli', 'ful'],
  ['iviti', 'ive'],
  ['ousli', 'ous'],
  ['abli', 'able'],
  ['alli', 'al'],
  ['anci', 'ance'],
  ['ator', 'ate'],
  ['enci', 'ence'],
  ['izer', 'ize'],
  ['bli', 'ble'],
];

const STEP3: Rules = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
];

const STEP4 = /(?:ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|al|er|ic)$/;

function replaceSuffix(word: string, rules: Rules, region: number): string | undefined {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (!rule) return undefined;
  const at = word.length - rule[0].length;
  return at >= region ? word.slice(0, at) + rule[1] : word;
}

function step2(word: string, p1: number): string {
  const replaced = replaceSuffix(word, STEP2, p1);
  if (replaced !== undefined) return replaced;
  const inR1 = (suffixLength: number): boolean => word.length - suffixLength >= p1;
  if (word.endsWith('ogi')) return inR1(3) && word.at(-4) === 'l' ? word.slice(0, -1) : word;
  if (word.endsWith('li')) return inR1(2) && /[cdeghkmnrt]li$/.test(word) ? word.slice(0, -2) : word;
  return word;
}

function step3(word: string, p1: number, p2: number): string {
  if (word.endsWith('ative')) return word.length - 5 >= p2 ? word.slice(0, -5) : word;
  return replaceSuffix(word, STEP3, p1) ?? word;
}

function step4(word: string, p2: number): string {
  const found = STEP4.exec(word);
  if (found) return found.index >= p2 ? word.slice(0, found.index) : word;
  return word.length - 3 >= p2 && /[st]ion$/.test(word) ? word.slice(0, -3) : word;
}

function step5(word: string, p1: number, p2: number): string {
  const at = word.length - 1;
  const stem = word.slice(0, -1);
  if (word.endsWith('e')) return at >= p2 || (at >= p1 && !endsInShortSyllable(stem)) ? stem : word;
  return word.endsWith('ll') && at >= p2 ? stem : word;
}
