import { withCaseVariants } from './case-variants.ts';
import { decimalInterval } from './decimal-interval.ts';
import { ignoringCase } from './ignore-case.ts';
import {
  ANY_CHARACTER,
  ANY_STRING,
  EMPTY_STRING,
  literal,
  NO_STRING,
  otherCharacters,
  type CharRange,
  type Pattern,
} from './pattern.ts';

/** Which of Lucene's optional operators are in force; one that is not is an ordinary character. */
export interface RegexpOperators {
  /** `~` */
  readonly complement: boolean;
  /** `#` */
  readonly empty: boolean;
  /** `@` */
  readonly anyString: boolean;
  /** `&` */
  readonly intersection: boolean;
  /** `<1-9>` */
  readonly interval: boolean;
}

export const ALL_OPERATORS: RegexpOperators = {
  complement: true,
  empty: true,
  anyString: true,
  intersection: true,
  interval: true,
};

/** What is wrong with a regexp, and at which UTF-16 offset. */
export class RegexpSyntaxError extends Error {
  constructor(
    readonly offset: number,
    readonly problem: string,
  ) {
    super(`column ${offset + 1}: ${problem}`);
  }
}

/** Groups in groups, and ~ before ~. */
const MAX_DEPTH = 50;
const MAX_COUNT = 100_000;
const MAX_DIGITS = 18;

/**
 * Lucene's regular expressions, which always match whole terms:
 *
 *     union := both ('|' both)*      both := run ('&' run)*      run := counted+
 *     counted := single ('?' | '*' | '+' | '{n}' | '{n,}' | '{n,m}')*
 *     single := '~' single | '[' '^'? class+ ']' | '.' | '#' | '@' | '"' text '"' | '()' | '(' union ')' | '<n-m>' | char
 *
 * `\d \w \s \D \W \S` are classes of ASCII characters; a backslash before anything else makes it ordinary. Throws
 * RegexpSyntaxError; linear in the text.
 */
export const parseRegexp = (text: string, operators: RegexpOperators = ALL_OPERATORS, ignoreCase = false): Pattern =>
  new RegexpParser(text, operators, ignoreCase).parse();

const charRange = (from: string, to = from): CharRange => ({ from: from.codePointAt(0)!, to: to.codePointAt(0)! });
const DIGITS = [charRange('0', '9')];
const WORD = [...DIGITS, charRange('a', 'z'), charRange('A', 'Z'), charRange('_')];
const SPACE = [charRange(' '), charRange('\t', '\r')];
const CLASSES: Readonly<Record<string, readonly CharRange[]>> = {
  d: DIGITS,
  w: WORD,
  s: SPACE,
  D: otherCharacters(DIGITS),
  W: otherCharacters(WORD),
  S: otherCharacters(SPACE),
};
const COUNTS: Readonly<Record<string, { min: number; max: number }>> = {
  '?': { min: 0, max: 1 },
  '*': { min: 0, max: Infinity },
  '+': { min: 1, max: Infinity },
};
const BRACES = /\{(\d{1,6})(,(\d{0,6}))?\}/y;
const INTERVAL = /<(\d+)-(\d+)>/y;

class RegexpParser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly operators: RegexpOperators,
    private readonly ignoreCase: boolean,
  ) {}

  parse(): Pattern {
    if (this.text === '') return EMPTY_STRING;
    const pattern = this.union();
    // Only a closing parenthesis ends a union before the text does.
    if (this.at < this.text.length) throw this.fail(this.at, 'a ) without its (; write \\) for an ordinary one');
    return pattern;
  }

  private fail(offset: number, problem: string): Error {
    return new RegexpSyntaxError(offset, problem);
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private enter(): void {
    if (++this.depth > MAX_DEPTH) throw this.fail(this.at, `nested deeper than ${MAX_DEPTH} levels`);
  }

  private union(): Pattern {
    this.enter();
    const parts = [this.both()];
    while (this.take('|')) parts.push(this.both());
    this.depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  private both(): Pattern {
    const parts = [this.run()];
    while (this.operators.intersection && this.take('&')) parts.push(this.run());
    return parts.length === 1 ? parts[0]! : { kind: 'both', parts };
  }

  private run(): Pattern {
    const parts: Pattern[] = [];
    while (!this.endsRun()) parts.push(this.counted());
    if (parts.length > 0) return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
    const next = this.text[this.at];
    throw this.fail(this.at, `expected something before ${next ?? 'the end'}; write () for nothing`);
  }

  private endsRun(): boolean {
    const char = this.text[this.at];
    return char === undefined || char === '|' || char === ')' || (char === '&' && this.operators.intersection);
  }

  private counted(): Pattern {
    let of = this.single();
    for (let levels = 0; ; levels++) {
      const count = this.count();
      if (!count) return of;
      if (levels >= MAX_DEPTH) throw this.fail(this.at, `more than ${MAX_DEPTH} repetitions of one part`);
      of = { kind: 'repeat', of, ...count };
    }
  }

  private count(): { min: number; max: number } | undefined {
    const start = this.at;
    const char = this.text[start];
    if (char === undefined) return undefined;
    if (Object.hasOwn(COUNTS, char)) {
      this.at++;
      return COUNTS[char];
    }
    if (char !== '{') return undefined;
    BRACES.lastIndex = start;
    const found = BRACES.exec(this.text);
    if (!found) throw this.fail(start, 'expected {n}, {n,} or {n,m}; write \\{ for an ordinary one');
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3]);
    if (min > max) throw this.fail(start, `a count from ${min} to ${max}; the smaller one comes first`);
    if (min > MAX_COUNT) throw this.fail(start, `a count of ${min}; at most ${MAX_COUNT} is possible`);
    this.at = BRACES.lastIndex;
    return { min, max };
  }

  private single(): Pattern {
    const start = this.at;
    const char = this.text[start]!;
    const { operators } = this;
    if (char === '~' && operators.complement) {
      this.at++;
      this.enter();
      if (this.endsRun()) throw this.fail(this.at, 'expected something after ~; write \\~ for an ordinary one');
      const of = this.single();
      this.depth--;
      return { kind: 'not', of };
    }
    if (Object.hasOwn(COUNTS, char) || char === '{')
      throw this.fail(start, `a ${char} with nothing before it to repeat; write \\${char} for an ordinary one`);
    if (char === '#' && operators.empty) return this.skip(NO_STRING);
    if (char === '@' && operators.anyString) return this.skip(ANY_STRING);
    if (char === '<' && operators.interval) return this.interval();
    switch (char) {
      case '.':
        return this.skip(ANY_CHARACTER);
      case '[':
        return this.characterClass();
      case '"':
        return this.quoted();
      case '(':
        return this.group();
      default:
        return { kind: 'characters', ranges: this.escapedClass() ?? this.inAnyCase(this.oneCharacter()) };
    }
  }

  private skip(pattern: Pattern): Pattern {
    this.at++;
    return pattern;
  }

  private group(): Pattern {
    const start = this.at++;
    if (this.take(')')) return EMPTY_STRING;
    const inner = this.union();
    if (this.take(')')) return inner;
    throw this.fail(start, 'a ( without its ); write \\( for an ordinary one');
  }

  private quoted(): Pattern {
    const start = this.at;
    const end = this.text.indexOf('"', start + 1);
    if (end < 0) throw this.fail(start, 'expected a closing " for this one; write \\" for an ordinary one');
    this.at = end + 1;
    const text = literal(this.text.slice(start + 1, end));
    return this.ignoreCase ? ignoringCase(text) : text;
  }

  private interval(): Pattern {
    const start = this.at;
    INTERVAL.lastIndex = start;
    const found = INTERVAL.exec(this.text);
    if (!found) throw this.fail(start, 'expected numbers as in <1-100>; write \\< for an ordinary one');
    const [from, to] = [found[1]!, found[2]!];
    if (Math.max(from.length, to.length) > MAX_DIGITS)
      throw this.fail(start, `numbers of an interval have at most ${MAX_DIGITS} digits`);
    this.at = INTERVAL.lastIndex;
    return decimalInterval(from, to);
  }

  private characterClass(): Pattern {
    const start = this.at++;
    const negated = this.take('^');
    const ranges: CharRange[] = [];
    // A ] right at the beginning would be an empty class.
    while (!this.take(']')) {
      if (this.at >= this.text.length)
        throw this.fail(start, 'expected a closing ] for this [; write \\[ for an ordinary one');
      ranges.push(...this.classPart());
    }
    if (ranges.length === 0) throw this.fail(start, 'an empty [ ]; write \\] for a ] inside');
    const inside = this.inAnyCase(ranges);
    return { kind: 'characters', ranges: negated ? otherCharacters(inside) : inside };
  }

  private inAnyCase(ranges: readonly CharRange[]): readonly CharRange[] {
    return this.ignoreCase ? withCaseVariants(ranges) : ranges;
  }

  private classPart(): readonly CharRange[] {
    const escaped = this.escapedClass();
    if (escaped) return escaped;
    const start = this.at;
    const from = this.character();
    const isRange = this.text[this.at] === '-' && this.text[this.at + 1] !== ']' && this.at + 1 < this.text.length;
    if (!isRange) return [{ from, to: from }];
    this.at++;
    const to = this.character();
    if (from > to) throw this.fail(start, 'a range of characters whose end comes before its beginning');
    return [{ from, to }];
  }

  private oneCharacter(): readonly CharRange[] {
    const codePoint = this.character();
    return [{ from: codePoint, to: codePoint }];
  }

  private escapedClass(): readonly CharRange[] | undefined {
    const letter = this.text[this.at] === '\\' ? this.text[this.at + 1] : undefined;
    if (letter === undefined || !Object.hasOwn(CLASSES, letter)) return undefined;
    this.at += 2;
    return CLASSES[letter]!;
  }

  private character(): number {
    if (this.take('\\') && this.at === this.text.length)
      throw this.fail(this.at - 1, 'a backslash at the end; write \\\\ for an ordinary one');
    const codePoint = this.text.codePointAt(this.at)!;
    this.at += codePoint > 0xffff ? 2 : 1;
    // Terms have U+FFFD where a surrogate stands alone.
    return codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint;
  }
}
