import type { Random } from '#libs/kernel';
import { below, oneOf } from './draw.ts';

/** Texts that programs trip over. */
export const STRANGE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  '__proto__',
  'constructor',
  'toString',
  'length',
  '\ud800',
  '\udc00x',
  '\u{10ffff}',
  '\uffff',
  'I\u0307',
  'ﬀ',
  'e\u0301',
  '\u202eabc',
  '\u200b',
  '👩‍👩‍👧‍👦',
  '*',
  '?',
  '.*',
  '(a+)+$',
  '-1',
  '1e400',
  'NaN',
  '-0',
  '9007199254740993',
  '2024-02-30',
  'now-1d/d',
  'now||/y',
  '99999999999d',
  '2<-25% 9<-3',
  '%',
  '"',
  '\\',
  '{}',
  '[1 TO',
];

const STRANGE_NUMBERS = [0, -0, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e21, 10_001];

export const strangeText = (random: Random): string => {
  const text = oneOf(random, STRANGE_TEXTS);
  const times = oneOf(random, [1, 1, 1, 1, 2, 50, 3000]);
  return text.repeat(times);
};

/** Any JSON value, now and then a very deep or a very long one. */
export function strangeValue(random: Random): unknown {
  switch (below(random, 12)) {
    case 0:
      return null;
    case 1:
      return random.next() < 0.5;
    case 2:
    case 3:
      return oneOf(random, STRANGE_NUMBERS);
    case 4:
    case 5:
    case 6:
      return strangeText(random);
    case 7:
      return oneOf(random, [[], [[]], [null], {}, { '': {} }]);
    case 8:
      return nested(random, oneOf(random, [3, 60, 1000]));
    case 9:
      return Array.from({ length: oneOf(random, [2, 30, 1025, 70_000]) }, (_, i) => i % 300);
    case 10:
      return Object.fromEntries(
        Array.from({ length: oneOf(random, [1, 5, 500]) }, () => [strangeText(random), below(random, 9)]),
      );
    default:
      return oneOf(random, ['title', 'tag', 'size', 'when', 'desc', '75%', '1d', 'and', '10']);
  }
}

function nested(random: Random, levels: number): unknown {
  const wrap = oneOf<(inner: unknown) => unknown>(random, [
    (inner) => [inner],
    (inner) => ({ bool: { must: inner } }),
    (inner) => ({ bool: { should: [inner] } }),
    (inner) => ({ constant_score: { filter: inner } }),
    (inner) => ({ a: inner }),
    (inner) => ({ a: { filter: { match_all: {} }, aggs: inner } }),
  ]);
  let value: unknown = { match_all: {} };
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}
