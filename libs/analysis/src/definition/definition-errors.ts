import { distance } from 'fastest-levenshtein';
import { invalid, type QuarryError } from '#libs/kernel';

const SHOWN = 64;

export const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
};

/** The one of `names` that was probably meant. */
export function nearest(asked: string, names: readonly string[]): string {
  const short = asked.slice(0, SHOWN);
  return names.reduce((best, name) => (distance(short, name) < distance(short, best) ? name : best));
}

/** @param what is missing: `analyzer`, `tokenizer`, `filter`, `char_filter` or `normalizer`; the code is `unknown_<what>` */
export function unknownComponent(what: string, asked: string, known: readonly string[], path?: string): QuarryError {
  const name = shown(asked);
  const meant = nearest(asked, known);
  return invalid(
    `unknown_${what}`,
    `${path === undefined ? '' : `${path}: `}there is no ${what.replace('_', ' ')} "${name}"; did you mean "${meant}"? known: ${known.join(', ')}`,
    { [what]: name, nearest: meant, known },
  );
}

/** @param path such as `settings.analysis.filter.my_stop` */
export const badAnalysis = (path: string, problem: string): QuarryError =>
  invalid('bad_analysis', `${path} ${problem}`, { path });
