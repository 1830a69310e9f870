import { distance } from 'fastest-levenshtein';

/** The one of `names` that was probably meant. */
export const nearestName = (asked: string, names: readonly string[]): string => {
  const short = asked.slice(0, 64);
  return names.reduce((best, name) => (distance(short, name) < distance(short, best) ? name : best));
};
