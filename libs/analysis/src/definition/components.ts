import { TokenBuffer } from '../analyzer.ts';
import { chainOf, type Chain } from '../chain.ts';
import type { CharFilter, TokenFilter, Tokenizer } from '../token-filter.ts';
import type { TermFunction } from '../terms/remembered.ts';
import type { AnalysisSettings, ComponentKind } from './analysis-settings.ts';
import { CHAR_FILTER_MAKERS } from './char-filters.ts';
import { badAnalysis, shown, unknownComponent } from './definition-errors.ts';
import { FILTER_MAKERS, NEEDS_OPTIONS } from './filters.ts';
import { isObject, Options, type Definition } from './options.ts';
import type { WordsOf } from './synonym-options.ts';
import { TOKENIZER_MAKERS } from './tokenizers.ts';

/** Either the name of a component or its definition, in its place. */
type Reference = unknown;

type Makers<T> = Readonly<Record<string, (options: Options) => T>>;

/**
 * Makes chains of the components that settings define and of those that are built in; one of the settings goes before.
 * Throws `invalid`: `bad_analysis`, `unknown_tokenizer`, `unknown_filter`, `unknown_char_filter`.
 */
export class Components {
  constructor(
    private readonly settings: AnalysisSettings,
    private readonly path: string,
  ) {}

  /** `{tokenizer, filter?, char_filter?}`. */
  custom(options: Options): Chain {
    const tokenizer = options.string('tokenizer');
    if (tokenizer === undefined)
      throw options.wrong('tokenizer', undefined, 'the name of a tokenizer such as "standard"');
    const filters = options.strings('filter') ?? [];
    return this.chain(tokenizer, filters, options.strings('char_filter') ?? [], options.path);
  }

  /** `{filter?, char_filter?}`: the whole text as one term. Filters that look at other terms are refused. */
  normalizer(options: Options): TermFunction {
    const names = options.strings('filter') ?? [];
    const charFilters = (options.strings('char_filter') ?? []).map((name) => this.charFilter(name, options.path));
    const steps = names.map((name) => {
      const filter = this.filter(name, options.path, noWords);
      if (filter.kind === 'tokens') {
        throw badAnalysis(
          options.path,
          `has the filter "${shown(name)}", which takes words together: a normalizer has one term`,
        );
      }
      return filter.term;
    });
    return (text) => {
      let term = text;
      for (const charFilter of charFilters) term = charFilter(term).text;
      for (const step of steps) term = step(term);
      return term.toWellFormed();
    };
  }

  chain(tokenizer: Reference, filters: readonly Reference[], charFilters: readonly Reference[], path: string): Chain {
    const first = charFilters.map((reference) => this.charFilter(reference, path));
    const cuts = this.tokenizer(tokenizer, path);
    const made: TokenFilter[] = [];
    for (const reference of filters) {
      const before = [...made];
      made.push(
        this.filter(
          reference,
          path,
          wordsBy(() => chainOf({ charFilters: [], tokenizer: cuts, filters: before })),
        ),
      );
    }
    return chainOf({ charFilters: first, tokenizer: cuts, filters: made });
  }

  tokenizer(reference: Reference, path: string): Tokenizer {
    return this.component('tokenizer', reference, path, TOKENIZER_MAKERS);
  }

  charFilter(reference: Reference, path: string): CharFilter {
    return this.component('char_filter', reference, path, CHAR_FILTER_MAKERS);
  }

  filter(reference: Reference, path: string, wordsOf: WordsOf): TokenFilter {
    const makers = Object.fromEntries(
      Object.entries(FILTER_MAKERS).map(([type, make]) => [type, (options: Options) => make(options, wordsOf)]),
    );
    return this.component('filter', reference, path, makers);
  }

  private component<T>(kind: ComponentKind, reference: Reference, path: string, makers: Makers<T>): T {
    if (isObject(reference)) return this.make(kind, reference, `${path}.${kind}`, makers);
    if (typeof reference !== 'string') throw badAnalysis(`${path}.${kind}`, `is ${shown(reference)}: give a name`);
    const own = this.settings[kind];
    if (own && Object.hasOwn(own, reference)) {
      return this.make(kind, own[reference]!, `${this.path}.${kind}.${reference}`, makers);
    }
    if (!Object.hasOwn(makers, reference)) {
      const known = [...Object.keys(own ?? {}), ...Object.keys(makers)];
      throw unknownComponent(kind, reference, known, path);
    }
    if (NEEDS_OPTIONS.has(reference)) {
      throw badAnalysis(
        path,
        `has the filter "${reference}", which needs options: define one of that type in ${this.path}.filter`,
      );
    }
    return this.make(kind, { type: reference }, `${path}.${kind}`, makers);
  }

  private make<T>(kind: ComponentKind, definition: Definition, path: string, makers: Makers<T>): T {
    const options = new Options(path, definition);
    const type = options.string('type');
    if (type === undefined) throw options.wrong('type', undefined, `one of ${Object.keys(makers).join(', ')}`);
    if (!Object.hasOwn(makers, type)) throw unknownComponent(kind, type, Object.keys(makers), `${path}.type`);
    const made = makers[type]!(options);
    options.end();
    return made;
  }
}

const noWords: WordsOf = () => ({ terms: [], positions: [] });

/** @param make called when it is first asked: few filters ask */
function wordsBy(make: () => Chain): WordsOf {
  let chain: Chain | undefined;
  const tokens = new TokenBuffer();
  return (text) => {
    const { analyze } = (chain ??= make());
    analyze(text, tokens);
    return {
      terms: tokens.terms.slice(0, tokens.length),
      positions: Array.from(tokens.positions.subarray(0, tokens.length)),
    };
  };
}
