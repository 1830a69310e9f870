import { encodeUtf8 } from '#libs/kernel';
import { MAX_NESTING, nestsTooDeep } from './nests-too-deep.ts';

const nested = (levels: number): string => '{"a":['.repeat(levels / 2) + ']}'.repeat(levels / 2);

it.each<[string, string, boolean]>([
  ['as deep as allowed', nested(MAX_NESTING), false],
  ['a level deeper', `[${nested(MAX_NESTING)}]`, true],
  ['wide, not deep', `[${'[{}],'.repeat(5000)}0]`, false],
  ['brackets in text', JSON.stringify({ a: '[{'.repeat(5000) }), false],
  [
    'quotes and backslashes in text',
    `{"a":"${String.raw`\"\\`.repeat(3000)}","b":${'['.repeat(999)}${']'.repeat(999)}}`,
    false,
  ],
  [
    'deep after text with quotes',
    `{"a":"${String.raw`\\\"`.repeat(10)}","b":${'['.repeat(1000)}${']'.repeat(1000)}}`,
    true,
  ],
])('%s', (_, json, expected) => {
  JSON.parse(json);
  expect(nestsTooDeep(encodeUtf8(json))).toBe(expected);
});
