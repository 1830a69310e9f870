/** One rule as written: the sides' texts. */
export interface SynonymRule {
  readonly inputs: readonly string[];
  /** Undefined: the inputs stand for one another. */
  readonly outputs: readonly string[] | undefined;
}

/**
 * A line of Solr's format: `a, b => c, d` (a or b is replaced by c and d) or `a, b, c` (each means all). A backslash takes the
 * next character as it is; blank lines and those that begin with # are undefined.
 * @returns a string when the line is wrong: what is wrong with it
 */
export function parseSynonymRule(line: string): SynonymRule | string | undefined {
  if (line.trim() === '' || line.trimStart().startsWith('#')) return undefined;
  const sides = split(line, '=>');
  if (sides.length > 2) return 'has more than one =>';
  const [inputs, outputs] = sides.map((side) => split(side, ',').map(unescape));
  if (inputs!.some((text) => text === '') || outputs?.some((text) => text === '')) return 'has an empty side or word';
  if (!outputs && inputs!.length === 1) return 'has one word only: write "a, b" or "a => b"';
  return { inputs: inputs!, outputs };
}

/** Splits at a separator that no backslash stands before. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith(separator, at)) {
      parts.push(text.slice(from, at));
      at += separator.length - 1;
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

const unescape = (text: string): string => text.trim().replaceAll(/\\(.)/gs, '$1');
