import type { CharFilter } from '../token-filter.ts';
import { ReplacedText } from './replaced-text.ts';

/** Replaces the longest of the keys wherever one stands, from left to right. */
export function mappingCharFilter(mappings: ReadonlyMap<string, string>): CharFilter {
  const byFirst = Map.groupBy(
    [...mappings.keys()].toSorted((a, b) => b.length - a.length),
    (key) => key.charCodeAt(0),
  );
  return (text) => {
    const result = new ReplacedText(text);
    let from = 0;
    for (let at = 0; at < text.length;) {
      const key = byFirst.get(text.charCodeAt(at))?.find((candidate) => text.startsWith(candidate, at));
      if (key === undefined) {
        at++;
        continue;
      }
      result.copy(from, at);
      result.replace(at, at + key.length, mappings.get(key)!);
      at += key.length;
      from = at;
    }
    result.copy(from, text.length);
    return result.finish();
  };
}
