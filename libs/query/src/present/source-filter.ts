import { matchesPattern } from '../compile/name-pattern.ts';
import type { SearchRequest } from '../search-request.ts';

/**
 * `_source` filtering as in Elasticsearch: patterns over dotted paths. Naming an object takes all that is in it; an
 * object of which nothing is left vanishes, unless it was named itself.
 */
export function filterSource(source: unknown, filter: Exclude<SearchRequest['source'], false | undefined>): unknown {
  const { includes, excludes } = filter;
  const taken = (path: string): boolean => includes.length === 0 || includes.some((pattern) => covers(pattern, path));
  const left = (path: string): boolean => excludes.some((pattern) => covers(pattern, path));

  const visit = (value: unknown, path: string, isTaken: boolean): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item: unknown) => visit(item, path, isTaken)).filter((item) => item !== undefined);
      return items.length > 0 || (isTaken && value.length === 0) ? items : undefined;
    }
    if (typeof value !== 'object' || value === null) return isTaken ? value : undefined;
    const entries = Object.entries(value).flatMap(([name, child]): [string, unknown][] => {
      const at = path === '' ? name : `${path}.${name}`;
      if (left(at)) return [];
      const kept = visit(child, at, isTaken || taken(at));
      return kept === undefined ? [] : [[name, kept]];
    });
    return entries.length > 0 || (isTaken && path !== '') ? Object.fromEntries(entries) : undefined;
  };
  return visit(source, '', includes.length === 0) ?? {};
}

/** A pattern covers what it matches, and all that is below. */
export const covers = (pattern: string, path: string): boolean =>
  matchesPattern(pattern, path) || matchesPattern(`${pattern}.*`, path);
