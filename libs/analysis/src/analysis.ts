import { LRUCache } from 'lru-cache';
import type { Analyzer } from './analyzer.ts';
import { builtInAnalyzer, analyzerNames } from './analyzers.ts';
import type { Chain } from './chain.ts';
import type { AnalysisSettings } from './definition/analysis-settings.ts';
import { ANALYZER_MAKERS } from './definition/analyzers.ts';
import { Components } from './definition/components.ts';
import { unknownComponent } from './definition/definition-errors.ts';
import { Options, type Definition } from './definition/options.ts';
import { lowerCase } from './term.ts';
import type { TermFunction } from './terms/remembered.ts';

const PATH = 'settings.analysis';

/** A chain that is put together for one request: each part by its name or in place. */
export interface AdHocChain {
  readonly tokenizer: unknown;
  readonly filter?: readonly unknown[];
  readonly char_filter?: readonly unknown[];
}

/** The analyzers of one index: those it defines and those that are built in. Each is made when it is first asked for. */
export class Analysis {
  private readonly components: Components;
  private readonly made = new Map<string, Analyzer>();
  private readonly normalizers = new Map<string, TermFunction>();

  constructor(private readonly settings: AnalysisSettings = {}) {
    this.components = new Components(settings, PATH);
  }

  /** Throws `invalid` (`unknown_analyzer`) with the name that was probably meant. */
  readonly analyzer = (name: string): Analyzer => {
    const own = this.settings.analyzer;
    if (!own || !Object.hasOwn(own, name)) {
      const builtIn = builtInAnalyzer(name);
      if (builtIn) return builtIn;
      throw unknownComponent('analyzer', name, [...Object.keys(own ?? {}), ...analyzerNames()]);
    }
    let analyzer = this.made.get(name);
    if (!analyzer) {
      analyzer = { name, version: 1, ...this.defined(own[name]!, `${PATH}.analyzer.${name}`) };
      this.made.set(name, analyzer);
    }
    return analyzer;
  };

  /** What a keyword field does to its values. Throws `invalid` (`unknown_normalizer`). */
  normalizer(name: string): TermFunction {
    let normalizer = this.normalizers.get(name);
    if (!normalizer) {
      normalizer = this.makeNormalizer(name);
      this.normalizers.set(name, normalizer);
    }
    return normalizer;
  }

  adHoc({ tokenizer, filter = [], char_filter = [] }: AdHocChain): Analyzer {
    return { name: 'ad hoc', version: 1, ...this.components.chain(tokenizer, filter, char_filter, 'the request') };
  }

  private defined(definition: Definition, path: string): Chain {
    const options = new Options(path, definition);
    const type = options.string('type') ?? 'custom';
    if (type !== 'custom' && !Object.hasOwn(ANALYZER_MAKERS, type)) {
      throw unknownComponent('analyzer', type, ['custom', ...Object.keys(ANALYZER_MAKERS)], `${path}.type`);
    }
    const chain = type === 'custom' ? this.components.custom(options) : ANALYZER_MAKERS[type]!(options);
    options.end();
    return chain;
  }

  private makeNormalizer(name: string): TermFunction {
    const own = this.settings.normalizer;
    if (!own || !Object.hasOwn(own, name)) {
      if (name === 'lowercase') return (text) => lowerCase(text).toWellFormed();
      throw unknownComponent('normalizer', name, [...Object.keys(own ?? {}), 'lowercase']);
    }
    const options = new Options(`${PATH}.normalizer.${name}`, own[name]!);
    options.oneOf('type', ['custom'], 'custom');
    const normalizer = this.components.normalizer(options);
    options.end();
    return normalizer;
  }
}

/** Indexes whose analyzers are kept; each holds up to some 10 MB of words once it has been busy. */
const KEPT = 32;
const kept = new LRUCache<string, Analysis>({ max: KEPT });
const bySettings = new WeakMap<AnalysisSettings, Analysis>();
const builtIn = new Analysis();

/** The same for the same settings, so that what its analyzers remember outlives a version of the index. */
export function analysisOf(settings: AnalysisSettings | undefined): Analysis {
  if (!settings) return builtIn;
  const known = bySettings.get(settings);
  if (known) return known;
  const key = JSON.stringify(settings);
  let analysis = kept.get(key);
  if (!analysis) {
    analysis = new Analysis(settings);
    kept.set(key, analysis);
  }
  bySettings.set(settings, analysis);
  return analysis;
}
