import { fuzz, mutateText, oneOf } from '#libs/testing';
import { parseQueryString } from './parse-query-string.ts';

const SEEDS = [
  'title:(a OR b) AND NOT tag:"x y"~2 size:[1 TO 3} price:>=5 when:[2024-01-01 TO *]',
  '+a -b "some words"^2 (c d)^0.5 pre* w?ld* fuzzy~1 /re.ex/',
  '_exists_:title && !b || *:* \\(x\\u0041 field\\*:y',
  'a AND (b OR (c AND (d OR NOT e)))',
];
const TOKENS =
  'AND OR NOT && || ! + - ( ) [ ] { } " ~ ^ * ? : \\ / a title: 1 2.5 >= < \\u *:* _exists_: ~2 ^-1 /(a|b)+/ TO'
    .split(' ')
    .concat(' ', ' TO ', '\n');

fuzz('query-strings', { kinds: ['invalid'] }, (random) => {
  const text = mutateText(random, oneOf(random, [...SEEDS, '']), TOKENS);
  const options = { fields: oneOf(random, [[], ['title', 'body']]), defaultOperator: oneOf(random, ['and', 'or']) };
  const node = parseQueryString(text, { ...options, path: 'q' } as Parameters<typeof parseQueryString>[1]);
  expect(JSON.parse(JSON.stringify(node))).toEqual(node);
});
