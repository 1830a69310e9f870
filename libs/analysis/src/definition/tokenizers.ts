import { tokenizeLetters } from '../letter-tokenizer.ts';
import { StandardTokenizer } from '../standard-tokenizer.ts';
import { termOf } from '../term.ts';
import type { Tokenizer } from '../token-filter.ts';
import { gramTokenizer, TOKEN_CHARS, type TokenChars } from '../tokenizers/ngram-tokenizer.ts';
import { asTheyStand, cutTo } from '../tokenizers/raw-terms.ts';
import { tokenizeWhitespace } from '../whitespace-tokenizer.ts';
import { gramSizes } from './gram-options.ts';
import type { Options } from './options.ts';

const MAX_TOKEN_LENGTH = { min: 1, max: 1_048_576 };

/** Undefined where words are not cut in pieces: the term is cut to MAX_TERM_BYTES and the token stays one. */
function maxTokenLength(options: Options): number | undefined {
  const length = options.integer('max_token_length', MAX_TOKEN_LENGTH, 0);
  return length === 0 ? undefined : length;
}

const limited = (options: Options, tokenize: Tokenizer['tokenize']): Tokenizer['tokenize'] => {
  const limit = maxTokenLength(options);
  return limit === undefined ? tokenize : cutTo(limit, tokenize);
};

let words: StandardTokenizer | undefined;
/** For who takes its offsets alone: one serves all. */
const standardWords = (): StandardTokenizer => (words ??= new StandardTokenizer());

function grams(edge: boolean): (options: Options) => Tokenizer {
  return (options) => {
    const sizes = gramSizes(options, edge);
    const names = Object.keys(TOKEN_CHARS) as TokenChars[];
    const given = options.strings('token_chars') ?? [];
    for (const name of given) {
      if (!(names as string[]).includes(name)) throw options.wrong('token_chars', name, `some of ${names.join(', ')}`);
    }
    return { tokenize: gramTokenizer(sizes, given as readonly TokenChars[], edge) };
  };
}

/** By type. */
export const TOKENIZER_MAKERS: Readonly<Record<string, (options: Options) => Tokenizer>> = {
  standard: (options) => {
    const limit = maxTokenLength(options);
    const raw = asTheyStand((text, out) => standardWords().tokenize(text, out));
    return limit === undefined ? { tokenize: raw, isStandard: true } : { tokenize: cutTo(limit, raw) };
  },
  letter: () => ({ tokenize: asTheyStand(tokenizeLetters) }),
  lowercase: () => ({ tokenize: tokenizeLetters }),
  whitespace: (options) => ({ tokenize: limited(options, tokenizeWhitespace) }),
  keyword: () => ({
    tokenize: (text, out) => {
      out.clear();
      if (text.length > 0) out.push(termOf(text, 0, text.length, false), 0, 0, text.length);
    },
  }),
  ngram: grams(false),
  edge_ngram: grams(true),
};
