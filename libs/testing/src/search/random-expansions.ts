import fc from 'fast-check';
import type { FuzzyOptions, QueryNode } from '#libs/query';
import { boolPrefix, fuzziness, fuzzy, match, phrasePrefix, prefix, regexp, term, wildcard } from './query-nodes.ts';

const field = fc.constantFrom('title', 'body', 'tag', 'title.keyword', 'nowhere');
const textField = fc.constantFrom('title', 'body');
const loose = fc.constantFrom<{ caseInsensitive?: true }[]>({}, {}, { caseInsensitive: true });
const part = fc.constantFrom('a', 'b', 'c', 'B', '*', '?', '\u{1f600}', 'ab');
const pattern = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
/** These mean the same to JavaScript. */
const expression = fc.constantFrom(
  'a.*',
  '(a|b)c?',
  '[^a]+',
  'ab{1,2}c*',
  '.',
  '',
  '[b-d].?',
  '(ab|C)+',
  '.*d',
  'a?b?c?d?',
);
const word = fc.constantFrom('a', 'ab', 'abc', 'abcd', 'abdc', 'acbd', 'bcde', '\u{1f600}bc', 'b', '');
const fuzzyOptions: fc.Arbitrary<FuzzyOptions> = fc
  .record({
    fuzziness: fc.constantFrom<FuzzyOptions['fuzziness'][]>('AUTO', 0, 1, 2, 2),
    prefixLength: fc.constantFrom(0, 0, 0, 1, 2),
    maxExpansions: fc.constantFrom(50, 50, 1, 2),
    transpositions: fc.boolean(),
  })
  .map((options) => fuzziness(options));
const words = fc.array(word, { maxLength: 3 }).map((list) => list.join(' '));

/** Queries that stand for terms which only the dictionaries know. */
export const randomExpansion: fc.Arbitrary<QueryNode> = fc.oneof(
  fc.tuple(field, pattern, loose).map(([name, value, options]) => wildcard(name, value, options)),
  fc.tuple(field, expression, loose).map(([name, value, options]) => regexp(name, value, options)),
  fc.tuple(field, word, fuzzyOptions).map(([name, value, options]) => fuzzy(name, value, options)),
  fc
    .tuple(field, words, fuzzyOptions, fc.constantFrom('or' as const, 'and' as const))
    .map(([name, query, options, operator]) => match(name, query, { fuzzy: options, operator })),
  fc
    .tuple(field, words, fc.constantFrom(50, 1, 2))
    .map(([name, query, maxExpansions]) => phrasePrefix(name, query, maxExpansions)),
  fc
    .tuple(textField, words, fc.option(fuzzyOptions, { nil: undefined }))
    .map(([name, query, options]) => boolPrefix(name, query, options ? { fuzzy: options } : {})),
  fc
    .tuple(field, word)
    .map(([name, value]) => ({ ...prefix(name, value.toUpperCase()), caseInsensitive: true as const })),
  fc
    .tuple(field, word)
    .map(([name, value]) => ({ ...term(name, value.toUpperCase()), caseInsensitive: true as const })),
);
