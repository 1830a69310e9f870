import fc from 'fast-check';
import { encodeUtf8, isQuarryError } from '#libs/kernel';
import { markOf } from '#libs/segment';
import { naiveEditDistance } from '../testing/naive-edit-distance.ts';
import { naiveMatches, printRegexp } from '../testing/naive-pattern.ts';
import { AutomatonBudget, PatternLimits } from './automaton-budget.ts';
import { buildAutomaton } from './build-automaton.ts';
import { levenshteinAutomaton } from './levenshtein.ts';
import { ALL_OPERATORS, parseRegexp, RegexpSyntaxError } from './parse-regexp.ts';
import { ANY_CHARACTER, ANY_STRING, literal, NO_STRING, type Pattern } from './pattern.ts';
import { wildcardParts, wildcardPattern } from './wildcard-pattern.ts';

const limits = (text = ''): PatternLimits => new PatternLimits(new AutomatonBudget(), { text, path: 'query' });
const matches = (pattern: Pattern, text: string): boolean =>
  markOf(buildAutomaton(pattern, limits()), encodeUtf8(text)) > 0;
const regexp = (text: string, subject: string): boolean => matches(parseRegexp(text), subject);

/** Anything but an answer or a refusal is thrown. */
function outcomeOf(text: string): 'built' | 'refused' {
  try {
    buildAutomaton(parseRegexp(text), limits());
    return 'built';
  } catch (error) {
    if (error instanceof RegexpSyntaxError) return 'refused';
    if (isQuarryError(error) && error.code === 'too_complex_pattern') return 'refused';
    throw error;
  }
}

const letter = fc.constantFrom('a', 'b', 'c', 'é', '\u{1f600}', '\uffff', '\u0800');
const word = fc.array(letter, { maxLength: 6 }).map((letters) => letters.join(''));

const codePoint = fc.constantFrom(...['a', 'b', 'c', 'é', '\u{1f600}', '\uffff'].map((char) => char.codePointAt(0)!));
const range = fc.tuple(codePoint, codePoint).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));

const { pattern: randomPattern } = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    {
      weight: 4,
      arbitrary: fc.oneof(
        fc.array(range, { minLength: 1, maxLength: 2 }).map((ranges): Pattern => ({ kind: 'characters', ranges })),
        fc.constantFrom<Pattern[]>(ANY_CHARACTER, ANY_STRING, NO_STRING, literal('ab'), literal('')),
      ),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.constantFrom('sequence' as const, 'sequence' as const, 'choice' as const),
          fc.array(tie('pattern'), { maxLength: 3 }),
        )
        .map(([kind, parts]): Pattern => ({ kind, parts })),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(tie('pattern'), { minLength: 1, maxLength: 2 })
        .map((parts): Pattern => ({ kind: 'both', parts })),
    },
    { weight: 1, arbitrary: tie('pattern').map((of): Pattern => ({ kind: 'not', of })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('pattern'), fc.nat(2), fc.constantFrom(0, 1, 2, Infinity))
        .map(([of, min, more]): Pattern => ({ kind: 'repeat', of, min, max: min + more })),
    },
  ),
}));

describe('an automaton', () => {
  it('matches what a plain matcher does, for random patterns printed and parsed', () => {
    fc.assert(
      fc.property(randomPattern, fc.array(word, { minLength: 1, maxLength: 12 }), (pattern, subjects) => {
        const automaton = buildAutomaton(parseRegexp(printRegexp(pattern)), limits());
        for (const subject of subjects)
          expect([subject, markOf(automaton, encodeUtf8(subject)) > 0]).toEqual([
            subject,
            naiveMatches(pattern, subject),
          ]);
      }),
      { numRuns: 600 },
    );
  });

  it('matches wildcards as a regular expression does', () => {
    const wildcard = fc
      .array(fc.oneof(letter, fc.constantFrom('*', '?', '\\*', '\\?', '\\a', '*')), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        wildcard,
        fc.array(fc.oneof(word, fc.constantFrom('*', '?', 'a*')), { maxLength: 8 }),
        (text, subjects) => {
          const source = text.replaceAll(/\\(.)|[*?]|./gsu, (part, escaped: string | undefined) =>
            part === '*' ? '.*' : part === '?' ? '.' : `\\u{${(escaped ?? part).codePointAt(0)!.toString(16)}}`,
          );
          const expected = new RegExp(`^${source}$`, 'su');
          for (const subject of subjects)
            expect(matches(wildcardPattern(wildcardParts(text)), subject)).toBe(expected.test(subject));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('tells the edit distance of words within reach', () => {
    fc.assert(
      fc.property(
        word,
        fc.array(word, { minLength: 1, maxLength: 10 }),
        fc.constantFrom(0, 1, 2),
        fc.boolean(),
        fc.constantFrom(0, 0, 1, 2),
        (text, subjects, distance, transpositions, prefixLength) => {
          const fuzzy = { word: text, distance, transpositions, prefixLength };
          const automaton = levenshteinAutomaton(fuzzy, new AutomatonBudget(), 'query');
          const [head, tail] = [Array.from(text).slice(0, prefixLength).join(''), Array.from(text).slice(prefixLength)];
          for (const subject of [...subjects, text]) {
            const apart = subject.startsWith(head)
              ? naiveEditDistance(tail, Array.from(subject.slice(head.length)), transpositions)
              : Infinity;
            expect([subject, markOf(automaton, encodeUtf8(subject))]).toEqual([
              subject,
              apart <= distance ? apart + 1 : 0,
            ]);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each([
    ['joh?n(ath[oa]n)?', 'jonathan', true],
    ['s.*y', 'sunday', true],
    ['s.y', 'sunny', false],
    ['ab{3}', 'abbb', true],
    ['ab{2,}', 'ab', false],
    ['[^a-c]', 'd', true],
    ['[a\\-c]', '-', true],
    ['[a-]', '-', true],
    ['a~bc', 'adc', true],
    ['a~bc', 'abc', false],
    ['a~bc', 'ac', true],
    ['foo<1-100>', 'foo42', true],
    ['foo<1-100>', 'foo101', false],
    ['foo<1-100>', 'foo007', true],
    ['foo<01-12>', 'foo7', false],
    ['<98-103>', '100', true],
    ['<3-3>', '3', true],
    ['aaa.+&.+bbb', 'aaabbb', true],
    ['aaa.+&.+bbb', 'aaabb', false],
    ['@&~(foo.+)', 'foobar', false],
    ['@&~(foo.+)', 'bar', true],
    ['#|abc', 'abc', true],
    ['#', '', false],
    ['"a.b"', 'a.b', true],
    ['"a.b"', 'axb', false],
    ['()', '', true],
    ['\\d+\\s\\w\\.', '12 x.', true],
    ['[\\d\\s]\\D', '1x', true],
    ['\\(\\@\\#\\&\\~\\<\\"\\\\', '(@#&~<"\\', true],
    ['.', '\u{1f600}', true],
    ['..', '\u{1f600}', false],
    ['.', '\n', true],
    ['', '', true],
  ])('%s on %j: %s', (text, subject, expected) => {
    expect(regexp(text, subject)).toBe(expected);
  });

  it('takes operators that are switched off for characters', () => {
    const none = { complement: false, empty: false, anyString: false, intersection: false, interval: false };
    expect(matches(parseRegexp('~a#@&<1-2>', none), '~a#@&<1-2>')).toBe(true);
  });

  it('ignores case where it is asked to, in classes too', () => {
    const loose = (text: string, subject: string): boolean => matches(parseRegexp(text, ALL_OPERATORS, true), subject);
    expect(loose('Straße', 'STRAßE')).toBe(true);
    expect(loose('äÖ[a-c]', 'Äöb')).toBe(true);
    expect(loose('[x-z]', 'Y')).toBe(true);
    expect(loose('"aB"', 'Ab')).toBe(true);
    expect(loose('[^x]', 'X')).toBe(false);
    expect(loose('a', 'b')).toBe(false);
  });

  it.each([
    ['(a', 0, 'without its )'],
    ['a)', 1, 'without its ('],
    ['a||b', 2, 'write () for nothing'],
    ['|a', 0, 'write () for nothing'],
    ['*a', 0, 'nothing before it'],
    ['{2}', 0, 'nothing before it'],
    ['a{2', 1, 'expected {n}'],
    ['a{3,2}', 1, 'smaller one comes first'],
    ['a{200000}', 1, 'at most'],
    ['[a', 0, 'closing ]'],
    ['[]', 0, 'empty'],
    ['[z-a]', 1, 'comes before'],
    ['"a', 0, 'closing "'],
    ['<1>', 0, 'as in <1-100>'],
    ['a\\', 1, 'backslash'],
    ['~', 1, 'after ~'],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, 50, 'deeper'],
  ])('refuses %s at %d', (text, offset, problem) => {
    const parse = (): unknown => parseRegexp(text);
    expect(parse).toThrow(RegexpSyntaxError);
    expect(parse).toThrow(problem);
    try {
      parse();
    } catch (error) {
      expect((error as RegexpSyntaxError).offset).toBe(offset);
    }
  });

  it.each([
    '(.*a){20}.{20}',
    '.*a.{30}',
    '(a{1000}){1000}',
    '((a?){500}){500}',
    '~(.*a.{12})&.*b.{12}c.{12}',
    '([a-z]*[0-9]*[a-z]*)*.{100}x.{50}',
  ])('refuses %s as too complex, soon', (text) => {
    const started = process.cpuUsage();
    expect(() => buildAutomaton(parseRegexp(text), limits(text))).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'too_complex_pattern' }) as Error,
    );
    // Of the processor's time, which does not depend on who else runs.
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });

  it('takes any text for a regexp or refuses it', () => {
    const piece = fc.constantFrom(...'.?+*|()[]{}~&@#"<>-^\\,0129ab'.split(''), '{1,2}', '<1-9>', '[a-c]', '()', '\\d');
    const text = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 25 });
    fc.assert(
      fc.property(text, (parts) => {
        expect(outcomeOf(parts.join(''))).toMatch(/^(?:built|refused)$/);
      }),
      { numRuns: 1500 },
    );
  });
});
