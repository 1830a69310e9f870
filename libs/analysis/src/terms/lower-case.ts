import { lowerCase } from '../term.ts';

/** Turkish has two letters i: I is the capital of ı, İ that of i. */
export function turkishLowerCase(text: string): string {
  return lowerCase(text.replaceAll('I', 'ı').replaceAll('i\u0307', 'i'));
}

const ACCENTED = 'άέήίόύώϊϋΐΰ';
const PLAIN = 'αεηιουωιυιυ';

/** Lower-case without accents, and σ for the final ς, which is what Snowball's Greek stemmer takes. */
export function greekLowerCase(text: string): string {
  return Array.from(lowerCase(text.normalize('NFC')), (letter) => {
    const at = ACCENTED.indexOf(letter);
    return at >= 0 ? PLAIN[at]! : letter === 'ς' ? 'σ' : letter;
  }).join('');
}

const VOWELS = 'aeiouáéíóú';

/** A t or n before a capital vowel is a mutation and stands apart: tAthair → t-athair. */
export function irishLowerCase(text: string): string {
  const mutated = /^[tn]\p{Lu}/u.test(text) && VOWELS.includes(text[1]!.toLowerCase());
  return lowerCase(mutated ? `${text[0]}-${text.slice(1)}` : text);
}
