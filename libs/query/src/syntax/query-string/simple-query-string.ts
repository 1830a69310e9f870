import type { Operator, QueryNode } from '../../query-node.ts';
import type { QueryPlace } from '../parse-budget.ts';
import type { QueryStringSettings } from './query-string-settings.ts';
import { TextNodes } from './text-nodes.ts';

/** What may have a meaning; one that is left out is an ordinary character. */
export type SimpleFlag =
  'and' | 'escape' | 'fuzzy' | 'near' | 'not' | 'or' | 'phrase' | 'precedence' | 'prefix' | 'whitespace';

const SPACE = /\s/;
const EDITS = /~(\d{0,6})/y;

/**
 * The syntax of `simple_query_string`, after Lucene's SimpleQueryParser: `+` and, `|` or, `-` not, `"phrase"~n`, `pre*`, `word~n`,
 * `( )`, `\` before what is ordinary. Operators bind from left to right, all alike. Nothing is an error: what makes no sense is
 * passed over. Throws `invalid` for what is too much (`query_too_deep`, `too_many_clauses`).
 */
export function parseSimpleQueryString(
  text: string,
  settings: QueryStringSettings,
  flags: ReadonlySet<SimpleFlag>,
  place: QueryPlace,
): QueryNode {
  const parsed = new SimpleParser(text, settings, flags, place).parse();
  const { minimumShouldMatch } = settings;
  if (!parsed) return { type: 'match_none', boost: 1, path: place.path };
  return parsed.type === 'bool' && minimumShouldMatch !== undefined ? { ...parsed, minimumShouldMatch } : parsed;
}

/** What has been read of one level: clauses that one operator joins. */
interface Joined {
  readonly operator: Operator | undefined;
  readonly nodes: readonly QueryNode[];
}

class SimpleParser {
  private at = 0;
  private readonly nodes: TextNodes;
  /** By offset of a ( that has one: its ). */
  private readonly closing = new Map<number, number>();

  constructor(
    private readonly text: string,
    private readonly settings: QueryStringSettings,
    private readonly flags: ReadonlySet<SimpleFlag>,
    private readonly place: QueryPlace,
  ) {
    this.nodes = new TextNodes({ tieBreaker: 1, ...settings }, place.budget);
    this.matchParentheses();
  }

  parse(): QueryNode | undefined {
    return this.level(this.text.length, this.place.depth);
  }

  private matchParentheses(): void {
    if (!this.flags.has('precedence')) return;
    const open: number[] = [];
    for (let at = 0; at < this.text.length; at++) {
      const char = this.text[at];
      if (char === '\\' && this.flags.has('escape')) at++;
      else if (char === '(') open.push(at);
      else if (char === ')' && open.length > 0) this.closing.set(open.pop()!, at);
    }
  }

  private get path(): string {
    return `${this.place.path}:${this.at + 1}`;
  }

  private level(end: number, depth: number): QueryNode | undefined {
    this.place.budget.enter(depth, this.place.path);
    let joined: Joined = { operator: undefined, nodes: [] };
    let operator: Operator | undefined;
    let negated = false;
    while (this.at < end) {
      const char = this.text[this.at]!;
      if (this.isSpace(char)) this.at++;
      else if ((char === '+' && this.flags.has('and')) || (char === '|' && this.flags.has('or'))) {
        this.at++;
        if (joined.nodes.length > 0) operator ??= char === '+' ? 'and' : 'or';
      } else if (char === '-' && this.flags.has('not')) {
        this.at++;
        negated = !negated;
      } else {
        const path = this.path;
        const node = this.clause(char, end, depth);
        if (!node) continue;
        joined = this.join(joined, operator ?? this.settings.defaultOperator, negated ? this.not(node, path) : node);
        operator = undefined;
        negated = false;
      }
    }
    return this.whole(joined);
  }

  private clause(char: string, end: number, depth: number): QueryNode | undefined {
    if (char === '(' && this.flags.has('precedence')) {
      const close = this.closing.get(this.at++);
      if (close === undefined || close > end) return undefined;
      const inner = this.level(close, depth + 1);
      this.at = close + 1;
      return inner;
    }
    if (char === ')' && this.flags.has('precedence')) {
      this.at++;
      return undefined;
    }
    return char === '"' && this.flags.has('phrase') ? this.phrase(end) : this.word(end);
  }

  private phrase(end: number): QueryNode | undefined {
    const path = this.path;
    const start = this.at++;
    let text = '';
    for (; this.at < end; this.at++) {
      const char = this.text[this.at]!;
      if (char === '"') {
        this.at++;
        const slop = this.flags.has('near') ? this.edits() : undefined;
        return text.trim() === ''
          ? undefined
          : this.nodes.phrase(text, slop ?? this.settings.phraseSlop ?? 0, this.settings.fields, path);
      }
      text += this.escaped(end) ?? char;
    }
    // Without its end the quote is passed over.
    this.at = start + 1;
    return undefined;
  }

  private word(end: number): QueryNode | undefined {
    const path = this.path;
    let text = '';
    let star = false;
    for (; this.at < end && !this.endsWord(this.text[this.at]!); this.at++) {
      const edits = this.text[this.at] === '~' && this.flags.has('fuzzy') ? this.edits() : undefined;
      if (edits !== undefined) return this.fuzzy(text, edits, path);
      const escaped = this.escaped(end);
      const char = escaped ?? this.text[this.at]!;
      star = escaped === undefined && char === '*';
      text += char;
    }
    const isPrefix = star && text.length > 1 && this.flags.has('prefix');
    if (isPrefix) return this.nodes.pattern('prefix', text.slice(0, -1), this.settings.fields, path);
    return text === '' ? undefined : this.nodes.word(text, this.settings.fields, path);
  }

  private fuzzy(text: string, edits: number, path: string): QueryNode | undefined {
    if (text === '') return undefined;
    if (edits === 0) return this.nodes.word(text, this.settings.fields, path);
    return this.nodes.fuzzy(text, edits === 1 ? 1 : 2, this.settings.fields, path);
  }

  /** At a ~ with a number that ends the word: takes it; a ~ alone is 0. */
  private edits(): number | undefined {
    EDITS.lastIndex = this.at;
    const found = EDITS.exec(this.text);
    if (!found) return undefined;
    const next = this.text[EDITS.lastIndex];
    if (next !== undefined && !this.endsWord(next)) return undefined;
    this.at = EDITS.lastIndex;
    return Number(found[1]);
  }

  /** At a backslash: goes on to what it makes ordinary. */
  private escaped(end: number): string | undefined {
    if (this.text[this.at] !== '\\' || !this.flags.has('escape') || this.at + 1 >= end) return undefined;
    return this.text[++this.at];
  }

  private isSpace(char: string): boolean {
    return this.flags.has('whitespace') && SPACE.test(char);
  }

  private endsWord(char: string): boolean {
    switch (char) {
      case '"':
        return this.flags.has('phrase');
      case '|':
        return this.flags.has('or');
      case '+':
        return this.flags.has('and');
      case '(':
      case ')':
        return this.flags.has('precedence');
      default:
        return this.isSpace(char);
    }
  }

  /** With another operator than before, what was there becomes one clause of the new list. */
  private join(joined: Joined, operator: Operator, node: QueryNode): Joined {
    if (joined.nodes.length < 2) return { operator, nodes: [...joined.nodes, node] };
    if (joined.operator === operator) {
      (joined.nodes as QueryNode[]).push(node);
      return joined;
    }
    return { operator, nodes: [this.whole(joined)!, node] };
  }

  private whole({ operator, nodes }: Joined): QueryNode | undefined {
    if (nodes.length < 2) return nodes[0];
    this.place.budget.spend(1, this.place.path);
    const parts = operator === 'and' ? { must: nodes, should: [] } : { must: [], should: nodes };
    return { type: 'bool', boost: 1, path: this.place.path, ...parts, mustNot: [], filter: [] };
  }

  private not(node: QueryNode, path: string): QueryNode {
    this.place.budget.spend(2, path);
    const all: QueryNode = { type: 'match_all', boost: 1, path };
    return { type: 'bool', boost: 1, path, must: [], should: [all], mustNot: [node], filter: [] };
  }
}
