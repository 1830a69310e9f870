import { dateFormat } from '../dates/date-format.ts';
import type { PartialHit, SearchHit } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';

/**
 * What `searchAfter` takes to go on behind a hit: its sort values (or the score) and, so that ties are not lost, its id.
 * Dates are in the formats that the request gives.
 */
export function pageKeys({ sort }: SearchRequest): (hit: PartialHit) => NonNullable<SearchHit['sort']> {
  if (sort.length === 0) return ({ score, id }) => [score, id];
  const formats = sort.map(({ format }) => (format === undefined ? undefined : dateFormat(format, 'sort')));
  const endsWithId = sort.some(({ field }) => field === '_id');
  return ({ id, sort: values = [] }) => {
    const shown = values.map((value, at) => (typeof value === 'number' ? (formats[at]?.print(value) ?? value) : value));
    return endsWithId ? shown : [...shown, id];
  };
}
