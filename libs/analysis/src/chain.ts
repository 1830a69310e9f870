import { TokenBuffer, type WordAnalysis } from './analyzer.ts';
import { StandardTokenizer } from './standard-tokenizer.ts';
import { boundedTerm } from './term.ts';
import { inSequence, remembered, type TermFunction } from './terms/remembered.ts';
import type { CharFilter, FilteredText, Rewrite, TermFilter, TokenFilter, Tokenizer } from './token-filter.ts';

export type Analyze = (text: string, out: TokenBuffer) => void;

export interface ChainParts {
  readonly charFilters: readonly CharFilter[];
  readonly tokenizer: Tokenizer;
  readonly filters: readonly TokenFilter[];
}

export interface Chain {
  readonly analyze: Analyze;
  readonly analyzeGraph?: Analyze;
  readonly words?: WordAnalysis;
}

/**
 * Character filters, tokenizer and token filters as one function. Filters that look at one term at a time are put together
 * and their outcomes remembered; after the standard tokenizer and `lowercase` they run inside of it, on its fast path.
 */
export function chainOf(parts: ChainParts): Chain {
  const branches = parts.filters.some((filter) => filter.kind === 'tokens' && filter.rewriteGraph !== undefined);
  const { charFilters, tokenizer, filters } = parts;
  const leading = filters.findIndex((filter) => filter.kind !== 'terms');
  const first = (leading < 0 ? filters : filters.slice(0, leading)) as readonly TermFilter[];
  const { analyze: start, words } = beginning(tokenizer, first);
  const then = filters.slice(first.length);
  const whole = (graph: boolean): Analyze => {
    const steps = then.length === 0 ? start : rewritten(start, rewrites(then, graph));
    return charFilters.length === 0 ? steps : ofFiltered(charFilters, steps);
  };
  return {
    analyze: whole(false),
    ...(branches && { analyzeGraph: whole(true) }),
    ...(words && then.length === 0 && charFilters.length === 0 && { words }),
  };
}

function beginning(tokenizer: Tokenizer, filters: readonly TermFilter[]): Pick<Chain, 'analyze' | 'words'> {
  if (tokenizer.isStandard && filters[0]?.isLowerCase) {
    const others = filters.slice(1).map(({ term }) => term);
    const standard = others.length === 0 ? new StandardTokenizer() : new StandardTokenizer(termFunction(others));
    return { analyze: (text, out) => standard.tokenize(text, out), words: standard.words };
  }
  if (filters.length === 0) return { analyze: (text, out) => tokenizer.tokenize(text, out) };
  const term = termFunction(filters.map((filter) => filter.term));
  const analyze: Analyze = (text, out) => {
    tokenizer.tokenize(text, out);
    keepTerms(out, term);
  };
  return { analyze };
}

const termFunction = (steps: readonly TermFunction[]): TermFunction => {
  const all = inSequence(steps);
  return remembered((term) => boundedTerm(all(term)));
};

/** In place: a token whose term becomes '' goes, its position stays as a gap. */
function keepTerms(tokens: TokenBuffer, term: TermFunction): void {
  const count = tokens.length;
  tokens.clear();
  for (let at = 0; at < count; at++) {
    const next = term(tokens.terms[at]!);
    if (next !== '') tokens.pushFrom(tokens, at, next);
  }
}

function rewrites(filters: readonly TokenFilter[], graph: boolean): Rewrite[] {
  // Once paths have branched, a word that goes leaves a hole in its own path, not in its neighbour's.
  let branched = false;
  return filters.map((filter) => {
    if (filter.kind === 'tokens') {
      branched ||= graph && filter.rewriteGraph !== undefined;
      return (graph ? filter.rewriteGraph : undefined) ?? filter.rewrite;
    }
    const term = termFunction([filter.term]);
    const keepsHoles = branched;
    return (input, output) => {
      for (let at = 0; at < input.length; at++) {
        const before = input.terms[at]!;
        const next = before === '' ? '' : term(before);
        if (next !== '' || keepsHoles) output.pushFrom(input, at, next);
      }
    };
  });
}

function rewritten(start: Analyze, steps: readonly Rewrite[]): Analyze {
  const buffers = [new TokenBuffer(), new TokenBuffer()] as const;
  return (text, out) => {
    let input: TokenBuffer = buffers[0];
    start(text, input);
    for (const [at, rewrite] of steps.entries()) {
      const output = at === steps.length - 1 ? out : input === buffers[0] ? buffers[1] : buffers[0];
      output.clear();
      rewrite(input, output);
      input = output;
    }
  };
}

function ofFiltered(filters: readonly CharFilter[], steps: Analyze): Analyze {
  return (text, out) => {
    const passed: FilteredText[] = [];
    let current = text;
    for (const filter of filters) {
      const filtered = filter(current);
      if (filtered.text !== current) passed.unshift(filtered);
      current = filtered.text;
    }
    steps(current, out);
    if (passed.length === 0) return;
    for (let at = 0; at < out.length; at++) {
      let start = out.starts[at]!;
      let end = out.ends[at]!;
      for (const filtered of passed) {
        start = filtered.original(start, false);
        end = filtered.original(end, true);
      }
      out.starts[at] = start;
      out.ends[at] = Math.max(start, end);
    }
  };
}
