import type { TopHitsAggregation } from '../../aggregation-request.ts';
import { MAX_TOP_HITS_WINDOW } from '../limits.ts';
import { OptionReader } from '../option-reader.ts';
import { parseSort } from '../parse-sort.ts';
import { parseSourceFilter } from '../parse-source-filter.ts';
import { requestError } from '../request-error.ts';
import { code, type AggregationPlace } from './aggregation-place.ts';

export function parseTopHits(body: unknown, { path }: AggregationPlace): TopHitsAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: 'top_hits',
    allowed: ['size', 'from', 'sort', '_source'],
    unsupported: [
      'docvalue_fields',
      'explain',
      'fields',
      'highlight',
      'script_fields',
      'seq_no_primary_term',
      'stored_fields',
      'track_scores',
      'version',
    ],
  });
  const from = options.number('from', { min: 0, integer: true }) ?? 0;
  const size = options.number('size', { min: 0, integer: true }) ?? 3;
  if (from + size > MAX_TOP_HITS_WINDOW)
    throw requestError(
      code,
      path,
      `from + size of top_hits is ${from + size}, more than ${MAX_TOP_HITS_WINDOW}; search within the bucket instead`,
    );
  const source = parseSourceFilter(options.raw('_source'), options.at('_source'));
  return {
    type: 'top_hits',
    from,
    size,
    sort: parseSort(options.raw('sort'), options.at('sort')),
    ...(source !== undefined && { source }),
  };
}
