import type { Analyzer } from './analyzer.ts';
import { ANALYZER_MAKERS } from './definition/analyzers.ts';
import { unknownComponent } from './definition/definition-errors.ts';
import { Options } from './definition/options.ts';

const made = new Map<string, Analyzer>();

export const analyzerNames = (): string[] => Object.keys(ANALYZER_MAKERS);

/** Each is made when it is first asked for and then shared: analysis is synchronous, so its caches need no owner. */
export function builtInAnalyzer(name: string): Analyzer | undefined {
  const known = made.get(name);
  if (known) return known;
  const make = Object.hasOwn(ANALYZER_MAKERS, name) ? ANALYZER_MAKERS[name] : undefined;
  if (!make) return undefined;
  const created: Analyzer = { name, version: 1, ...make(new Options(name, {})) };
  made.set(name, created);
  return created;
}

/** One that is built in. Throws `invalid` (`unknown_analyzer`) with the name that was probably meant. */
export function analyzer(name: string): Analyzer {
  const found = builtInAnalyzer(name);
  if (!found) throw unknownComponent('analyzer', name, analyzerNames());
  return found;
}
