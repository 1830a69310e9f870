import { escapeWildcard } from '../../automaton/wildcard-pattern.ts';
import { MAX_BOOST } from '../limits.ts';
import { badQueryString, columnOf, type QueryStringSource } from './query-string-source.ts';
import type { RangeEnd, Token, TokenContent } from './token.ts';

const SPACE = /\s/;
/** What ends a word besides white space. Inside a word + - ! / < > = & | are ordinary: and/or, e-mail, hello!, R&D. */
const ENDS_WORD = new Set(['(', ')', ':', '"', '[', ']', '{', '}', '^', '~']);
const SINGLE: Readonly<Record<string, 'open' | 'close' | 'colon'>> = { '(': 'open', ')': 'close', ':': 'colon' };
const KEYWORD: Readonly<Record<string, 'and' | 'or' | 'not'>> = { AND: 'and', OR: 'or', NOT: 'not' };
const BOOST = /\^(\d+(?:\.\d+)?|\.\d+)/y;
const BETWEEN = /TO(?=\s)/y;
const EDITS = /~([012])?(?![\d.])/y;
const SLOP = /~(\d{1,6})(?![\d.])/y;

/**
 * Text → tokens, the last of kind `end`. Linear in the text. Throws `bad_query_string`.
 * @param phraseSlop of phrases that have none of their own
 */
export function tokenize(source: QueryStringSource, phraseSlop = 0): Token[] {
  return new Tokenizer(source, phraseSlop).run();
}

class Tokenizer {
  private readonly text: string;
  private readonly tokens: Token[] = [];
  private at = 0;

  constructor(
    private readonly source: QueryStringSource,
    private readonly phraseSlop: number,
  ) {
    this.text = source.text;
  }

  run(): Token[] {
    for (;;) {
      while (this.at < this.text.length && SPACE.test(this.text[this.at]!)) this.at++;
      const start = this.at;
      if (start >= this.text.length) {
        this.tokens.push({ kind: 'end', start, end: start });
        return this.tokens;
      }
      const content = this.next(this.text[start]!);
      this.tokens.push({ ...content, start, end: this.at });
    }
  }

  private fail(offset: number, problem: string): Error {
    return badQueryString(this.source, offset, problem);
  }

  private next(first: string): TokenContent {
    const start = this.at;
    const single = SINGLE[first];
    if (single) return this.skip(1, { kind: single });
    const two = this.text.slice(start, start + 2);
    if (two === '&&') return this.skip(2, { kind: 'and' });
    if (two === '||') return this.skip(2, { kind: 'or' });
    if (two === '>=' || two === '<=') return this.skip(2, { kind: 'compare', sign: two });
    switch (first) {
      case '>':
      case '<':
        return this.skip(1, { kind: 'compare', sign: first });
      case '!':
        return this.skip(1, { kind: 'not' });
      case '+':
      case '-':
        if (this.startsSignedNumber()) return this.word();
        return this.skip(1, { kind: first === '+' ? 'plus' : 'minus' });
      case '"':
        return this.phrase();
      case '[':
      case '{':
        return this.range(first);
      case '^':
        return this.boost();
      case '~':
        throw this.fail(start, 'expected a ~ right behind a word or a phrase; \\~ is an ordinary ~');
      case '/':
        return this.regexp();
      case ']':
      case '}':
        throw this.fail(start, `a ${first} without its opening bracket; write \\${first} for an ordinary one`);
      default:
        return this.word();
    }
  }

  private skip(length: number, content: TokenContent): TokenContent {
    this.at += length;
    return content;
  }

  /** In `price:-5` and `price:>=-5` the sign belongs to the number; elsewhere it marks a clause. */
  private startsSignedNumber(): boolean {
    const before = this.tokens.at(-1);
    const binds = before !== undefined && (before.kind === 'colon' || before.kind === 'compare');
    return binds && before.end === this.at && /[\d.]/.test(this.text[this.at + 1] ?? '');
  }

  private word(): TokenContent {
    const start = this.at;
    let text = '';
    // The same with ordinary * and ? escaped.
    let wildcard = '';
    let wildcards = 0;
    let escaped = false;
    for (; this.at < this.text.length && !this.endsAt(this.at); this.at++) {
      const char = this.text[this.at]!;
      if (char === '*' || char === '?') {
        wildcards++;
        wildcard += char;
        continue;
      }
      const ordinary = char === '\\' ? this.escape() : char;
      escaped ||= char === '\\';
      text += ordinary;
      wildcard += escapeWildcard(ordinary);
    }
    if (this.text[this.at] === '~') return this.fuzzy(text, wildcards);
    if (wildcards > 0) {
      if (wildcard === '*') return { kind: 'star' };
      const isPrefix = wildcards === 1 && this.text[this.at - 1] === '*' && wildcard.endsWith('*') && text !== '';
      return isPrefix ? { kind: 'prefix', text } : { kind: 'wildcard', text: wildcard };
    }
    const keyword = escaped ? undefined : KEYWORD[this.text.slice(start, this.at)];
    return keyword ? { kind: keyword } : { kind: 'word', text };
  }

  /** At the ~ behind a word. */
  private fuzzy(text: string, wildcards: number): TokenContent {
    if (wildcards > 0) throw this.fail(this.at, 'a ~ behind a word with wildcards; write \\~ for an ordinary one');
    EDITS.lastIndex = this.at;
    const found = EDITS.exec(this.text);
    if (!found || (!this.endsAt(EDITS.lastIndex) && found[1] === undefined))
      throw this.fail(this.at, 'expected 0, 1 or 2 edits after the ~ of a word, as in word~1; \\~ is an ordinary ~');
    this.at = EDITS.lastIndex;
    return { kind: 'fuzzy', text, edits: found[1] === undefined ? undefined : (Number(found[1]) as 0 | 1 | 2) };
  }

  /** At a slash: everything up to the next one, in which \/ is an ordinary slash. */
  private regexp(): TokenContent {
    const start = this.at;
    let text = '';
    for (this.at++; this.at < this.text.length; this.at++) {
      const char = this.text[this.at]!;
      if (char === '/') {
        this.at++;
        if (this.endsAt(this.at)) return { kind: 'regexp', text };
        throw this.fail(this.at - 1, 'a regexp that ends inside a word; write \\/ for an ordinary slash');
      }
      // Other escapes are the regexp's own.
      if (char === '\\' && this.text[this.at + 1] !== undefined) {
        const next = this.text[++this.at]!;
        text += next === '/' ? next : char + next;
      } else text += char;
    }
    throw this.fail(start, 'expected a closing / for the regexp that opens here; write \\/ for an ordinary slash');
  }

  private endsAt(offset: number): boolean {
    const char = this.text[offset];
    return char === undefined || SPACE.test(char) || ENDS_WORD.has(char);
  }

  /** At a backslash; leaves `at` on the last character of the escape. \uXXXX is a UTF-16 unit. */
  private escape(): string {
    const start = this.at;
    const char = this.text[++this.at];
    if (char === undefined) throw this.fail(start, 'a backslash at the end; write \\\\ for an ordinary one');
    if (char !== 'u') return char;
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (!/^[\da-fA-F]{4}$/.test(digits)) throw this.fail(start, 'expected four hexadecimal digits after \\u');
    this.at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** At a quote; leaves `at` behind the closing one. */
  private quoted(): string {
    const start = this.at;
    let text = '';
    for (this.at++; this.at < this.text.length; this.at++) {
      const char = this.text[this.at]!;
      if (char === '"') {
        this.at++;
        return text;
      }
      text += char === '\\' ? this.escape() : char;
    }
    throw this.fail(start, 'expected a closing " for the one that opens here; write \\" for an ordinary one');
  }

  private phrase(): TokenContent {
    const text = this.quoted();
    if (this.text[this.at] !== '~') return { kind: 'phrase', text, slop: this.phraseSlop };
    SLOP.lastIndex = this.at;
    const found = SLOP.exec(this.text);
    if (!found) throw this.fail(this.at, 'expected a whole number of moves after the ~ of a phrase, as in "a b"~2');
    this.at = SLOP.lastIndex;
    return { kind: 'phrase', text, slop: Number(found[1]) };
  }

  private boost(): TokenContent {
    const before = this.tokens.at(-1);
    BOOST.lastIndex = this.at;
    const found = BOOST.exec(this.text);
    if (!found || Number(found[1]) > MAX_BOOST)
      throw this.fail(
        this.at,
        `expected a number up to ${MAX_BOOST} after ^, as in word^2; write \\^ for an ordinary one`,
      );
    if (before?.end !== this.at) throw this.fail(this.at, 'expected a boost (^) right behind what it boosts');
    this.at = BOOST.lastIndex;
    return { kind: 'boost', factor: Number(found[1]) };
  }

  /** [a TO b], {a TO b} or mixed; an end is a quoted text, or everything up to white space or a closing bracket. */
  private range(open: string): TokenContent {
    const start = this.at++;
    const lower = this.rangeEnd(start, open === '[');
    this.skipSpace();
    BETWEEN.lastIndex = this.at;
    if (!BETWEEN.test(this.text))
      throw this.fail(this.at, 'expected TO between the two ends of a range, as in [1 TO 5]');
    this.at = BETWEEN.lastIndex;
    const upper = this.rangeEnd(start, true);
    this.skipSpace();
    const close = this.text[this.at];
    if (close !== ']' && close !== '}')
      throw this.fail(
        this.at,
        `expected ] or } to close the range of column ${columnOf(start)}, got ${this.nameOf(close)}`,
      );
    this.at++;
    return { kind: 'range', lower: openOr(lower), upper: openOr({ ...upper, inclusive: close === ']' }) };
  }

  private rangeEnd(start: number, inclusive: boolean): RangeEnd & { quoted: boolean } {
    this.skipSpace();
    const from = this.at;
    if (this.text[from] === '"') return { value: this.quoted(), inclusive, quoted: true };
    let value = '';
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at]!;
      if (SPACE.test(char) || char === ']' || char === '}') break;
      value += char === '\\' ? this.escape() : char;
    }
    // An escaped star is a value, not an open end; both read the same from here on, so it counts as quoted.
    if (this.at > from) return { value, inclusive, quoted: this.text.slice(from, this.at) === '\\*' };
    throw this.fail(
      from,
      `expected a value in the range of column ${columnOf(start)}, as in [1 TO 5] or [1 TO *], got ${this.nameOf(this.text[from])}`,
    );
  }

  private skipSpace(): void {
    while (this.at < this.text.length && SPACE.test(this.text[this.at]!)) this.at++;
  }

  private nameOf(char: string | undefined): string {
    return char === undefined ? 'the end' : `"${char}"`;
  }
}

function openOr(end: RangeEnd & { quoted: boolean }): RangeEnd | undefined {
  return end.value === '*' && !end.quoted ? undefined : { value: end.value, inclusive: end.inclusive };
}
