import { htmlStripCharFilter } from '../char-filters/html-strip-char-filter.ts';
import { mappingCharFilter } from '../char-filters/mapping-char-filter.ts';
import type { CharFilter } from '../token-filter.ts';
import type { Options } from './options.ts';

const MOST_MAPPINGS = 10_000;

function mappings(options: Options): ReadonlyMap<string, string> {
  const lines = options.strings('mappings');
  if (!lines || lines.length === 0 || lines.length > MOST_MAPPINGS) {
    throw options.wrong('mappings', lines?.length, `1 to ${MOST_MAPPINGS} of the form "from => to"`);
  }
  return new Map(
    lines.map((line): [string, string] => {
      const [from, to, ...rest] = line.split('=>').map((side) => unescape(side.trim()));
      if (!from || to === undefined || rest.length > 0) throw options.wrong('mappings', line, 'the form "from => to"');
      return [from, to];
    }),
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

const unescape = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_all, code: string | undefined, letter: string) =>
    code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );

/** By type. */
export const CHAR_FILTER_MAKERS: Readonly<Record<string, (options: Options) => CharFilter>> = {
  html_strip: () => htmlStripCharFilter,
  mapping: (options) => mappingCharFilter(mappings(options)),
};
