import { invalid } from '#libs/kernel';
import { Analysis } from '../analysis.ts';
import { analyzerNames } from '../analyzers.ts';
import { COMPONENT_KINDS, type AnalysisSettings, type ComponentKind } from './analysis-settings.ts';
import { badAnalysis, nearest, shown } from './definition-errors.ts';
import { isObject, type Definition } from './options.ts';

/** Settings stand in every version of the index's manifest, which is written anew with every commit. */
const MAX_BYTES = 256 * 1024;
const MOST_OF_A_KIND = 128;
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;
const PATH = 'settings.analysis';

/**
 * `settings.analysis` of a new index, checked by making every analyzer it defines. Throws `invalid`: `bad_analysis`,
 * `analysis_too_large`, `unknown_analyzer`, `unknown_tokenizer`, `unknown_filter`, `unknown_char_filter`.
 */
export function validateAnalysis(given: unknown): AnalysisSettings {
  if (!isObject(given))
    throw badAnalysis(PATH, `is ${shown(given)}: give an object with ${COMPONENT_KINDS.join(', ')}`);
  const bytes = Buffer.byteLength(JSON.stringify(given));
  if (bytes > MAX_BYTES) {
    throw invalid(
      'analysis_too_large',
      `${PATH} has ${bytes} bytes of JSON, at most ${MAX_BYTES} are allowed: shorten its lists`,
      {
        bytes,
        limit: MAX_BYTES,
      },
    );
  }
  const settings: Partial<Record<ComponentKind, Readonly<Record<string, Definition>>>> = {};
  for (const [key, definitions] of Object.entries(given)) {
    const kind = COMPONENT_KINDS.find((name) => name === key || name.replace('_f', 'F') === key);
    if (!kind)
      throw badAnalysis(
        PATH,
        `has "${shown(key)}", which does not exist; did you mean "${nearest(key, COMPONENT_KINDS)}"?`,
      );
    if (settings[kind]) throw badAnalysis(PATH, `has "${kind}" twice: keep one of the two`);
    settings[kind] = checkedKind(kind, definitions);
  }
  makeAll(settings);
  return structuredClone(settings);
}

function checkedKind(kind: ComponentKind, definitions: unknown): Readonly<Record<string, Definition>> {
  const path = `${PATH}.${kind}`;
  if (!isObject(definitions))
    throw badAnalysis(path, `is ${shown(definitions)}: give an object of names and definitions`);
  const names = Object.keys(definitions);
  if (names.length > MOST_OF_A_KIND)
    throw badAnalysis(path, `has ${names.length} entries, at most ${MOST_OF_A_KIND} are allowed`);
  for (const name of names) {
    if (!NAME.test(name))
      throw badAnalysis(path, `has the name "${shown(name)}": give 1 to 64 letters, digits, "_", "-", "."`);
    if (!isObject(definitions[name]))
      throw badAnalysis(`${path}.${name}`, `is ${shown(definitions[name])}: give an object with a "type"`);
    if (kind !== 'analyzer') continue;
    if (analyzerNames().includes(name))
      throw badAnalysis(`${path}.${name}`, 'has the name of a built-in analyzer: give it another');
    if (name === 'default' || name === 'default_search') {
      throw badAnalysis(
        `${path}.${name}`,
        'is not supported as a default: name the analyzer in each field that has it',
      );
    }
  }
  return definitions as Readonly<Record<string, Definition>>;
}

/** Nothing is left for an import or a search to find wrong. */
function makeAll(settings: AnalysisSettings): void {
  const analysis = new Analysis(settings);
  for (const name of Object.keys(settings.tokenizer ?? {})) analysis.adHoc({ tokenizer: name });
  for (const name of Object.keys(settings.char_filter ?? {}))
    analysis.adHoc({ tokenizer: 'keyword', char_filter: [name] });
  for (const name of Object.keys(settings.analyzer ?? {})) analysis.analyzer(name);
  for (const name of Object.keys(settings.normalizer ?? {})) analysis.normalizer(name);
  // What a synonym's words are depends on what comes before, so a filter that some analyzer has is checked there alone.
  const used = new Set(
    [...Object.values(settings.analyzer ?? {}), ...Object.values(settings.normalizer ?? {})].flatMap(
      ({ filter }) => filter,
    ),
  );
  for (const name of Object.keys(settings.filter ?? {})) {
    if (!used.has(name)) analysis.adHoc({ tokenizer: 'standard', filter: [name] });
  }
}
