import type { TermsAggregation } from '../../aggregation-request.ts';
import type { Scalar } from '../../query-node.ts';
import { MAX_LISTED_VALUES, MAX_TERMS_BUCKETS } from '../limits.ts';
import { isObject, OptionReader, readScalar } from '../option-reader.ts';
import { requestError } from '../request-error.ts';
import { code, type AggregationPlace } from './aggregation-place.ts';
import { parseOrder } from './parse-order.ts';
import { readValueOptions } from './value-options.ts';

const EXECUTION_HINTS = ['map', 'global_ordinals'] as const;
const COLLECT_MODES = ['breadth_first', 'depth_first'] as const;

export function parseTermsAggregation(body: unknown, place: AggregationPlace): TermsAggregation {
  const { path, aggs } = place;
  const options = new OptionReader(body, path, {
    code,
    what: 'terms',
    allowed: [
      'field',
      'size',
      'shard_size',
      'min_doc_count',
      'order',
      'missing',
      'format',
      'include',
      'exclude',
      'show_term_doc_count_error',
      'execution_hint',
      'collect_mode',
    ],
    unsupported: ['script', 'shard_min_doc_count', 'value_type'],
  });
  const minDocCount = options.number('min_doc_count', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }) ?? 1;
  if (minDocCount === 0 && !place.fixedAbove)
    throw requestError(
      code,
      options.at('min_doc_count'),
      'min_doc_count 0 works at the top, and below filter, filters, range, missing and global; other buckets exist only where documents are',
    );
  // Every bucket is counted everywhere: what Elasticsearch tunes with these makes no difference.
  options.number('shard_size', { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  options.oneOf('execution_hint', EXECUTION_HINTS);
  options.oneOf('collect_mode', COLLECT_MODES);
  const include = readListed(options, 'include');
  const exclude = readListed(options, 'exclude');
  return {
    type: 'terms',
    ...readValueOptions(options),
    size: options.number('size', { min: 1, max: MAX_TERMS_BUCKETS, integer: true }) ?? 10,
    minDocCount,
    order: options.has('order')
      ? parseOrder(options.raw('order'), options.at('order'), aggs)
      : [{ by: '_count', direction: 'desc' }],
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(options.boolean('show_term_doc_count_error') && { showTermDocCountError: true }),
  };
}

function readListed(options: OptionReader, name: string): Scalar[] | undefined {
  const value = options.raw(name);
  if (value === undefined) return undefined;
  if (typeof value === 'string')
    throw requestError(
      'unsupported_option',
      options.at(name),
      `regular expressions are not supported in ${name}; list the values, as in ["a", "b"]`,
    );
  if (isObject(value))
    throw requestError(
      'unsupported_option',
      options.at(name),
      `partitions are not supported in ${name}; page with a composite aggregation`,
    );
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_LISTED_VALUES)
    throw options.fail(name, `an array of 1 to ${MAX_LISTED_VALUES} values`);
  return value.map((item: unknown, i) => readScalar(item, `${options.at(name)}[${i}]`, code));
}
