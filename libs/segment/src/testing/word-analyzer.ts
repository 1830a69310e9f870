import type { Analyzer, TokenBuffer } from '#libs/analysis';

/** Words between spaces, as they are; a word "_" is removed and leaves a gap, "+x" stands at the place of the word before. */
export const wordAnalyzer: Analyzer = {
  name: 'words',
  version: 1,
  analyze(text: string, out: TokenBuffer): void {
    out.clear();
    let position = -1;
    for (const { 0: word, index } of text.matchAll(/[^ ]+/g)) {
      if (!word.startsWith('+') || position < 0) position++;
      if (word !== '_') out.push(word, position, index, index + word.length);
    }
  },
};
