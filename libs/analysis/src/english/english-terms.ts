import { ENGLISH_STOP_WORDS } from './english-stop-words.ts';

/** Some 8 MB when full. It only answers what the tokenizer's own cache, in front of it, has lost. */
const REMEMBERED = 100_000;
/** Longer ones (hashes, base64) do not come twice. */
const REMEMBERED_LENGTH = 64;

/**
 * The filters of Lucene's EnglishAnalyzer as one function of a lower-cased word: possessive 's off, stop words out (''),
 * stem. Outcomes are remembered; when full it forgets all and starts again.
 */
export function englishTerms(stem: (word: string) => string): (word: string) => string {
  const outcomes = new Map<string, string>();
  const work = (word: string): string => {
    const bare = withoutPossessive(word);
    return ENGLISH_STOP_WORDS.has(bare) ? '' : stem(bare);
  };
  return (word) => {
    if (word.length > REMEMBERED_LENGTH) return work(word);
    const known = outcomes.get(word);
    if (known !== undefined) return known;
    const outcome = work(word);
    if (outcomes.size >= REMEMBERED) outcomes.clear();
    outcomes.set(word, outcome);
    return outcome;
  };
}

/** dog's, dog’s, dog＇s → dog; as Lucene's EnglishPossessiveFilter. */
function withoutPossessive(word: string): string {
  if (!word.endsWith('s') || word.length < 2) return word;
  const mark = word.charCodeAt(word.length - 2);
  return mark === 0x27 || mark === 0x2019 || mark === 0xff07 ? word.slice(0, -2) : word;
}
