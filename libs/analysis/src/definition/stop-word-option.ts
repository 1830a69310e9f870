import { ENGLISH_STOP_WORDS } from '../english/english-stop-words.ts';
import { STOP_WORDS } from '../languages/stop-words.ts';
import { shown, nearest } from './definition-errors.ts';
import type { Options } from './options.ts';

/** `stopwords`: `_french_`, `_none_`, or words. */
export function stopWordOption(
  options: Options,
  fallback: ReadonlySet<string> = ENGLISH_STOP_WORDS,
): ReadonlySet<string> {
  const given = options.strings('stopwords');
  if (!given) return fallback;
  const words = new Set<string>();
  for (const word of given) {
    if (!/^_.*_$/.test(word)) {
      words.add(word);
      continue;
    }
    const language = word.slice(1, -1).toLowerCase();
    const list = STOP_WORDS.get(language);
    if (!list) {
      const known = [...STOP_WORDS.keys()];
      throw options.wrong(
        'stopwords',
        shown(word),
        `words, or a list such as _english_; did you mean "_${nearest(language, known)}_"? known: ${known.join(', ')}`,
      );
    }
    for (const listed of list) words.add(listed);
  }
  return words;
}
