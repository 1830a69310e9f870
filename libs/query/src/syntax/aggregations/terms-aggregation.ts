import type { TermsAggregation, TermsPartition } from '../../aggregation-request.ts';
import type { Scalar } from '../../query-node.ts';
import { MAX_LISTED_VALUES, MAX_TERMS_BUCKETS } from '../limits.ts';
import { isObject, OptionReader, readScalar } from '../option-reader.ts';
import { checkRegexp } from '../check-pattern.ts';
import { requestError } from '../request-error.ts';
import { code, type AggregationPlace } from './aggregation-place.ts';
import { parseOrder } from './parse-order.ts';
import { readValueOptions } from './value-options.ts';

const EXECUTION_HINTS = ['map', 'global_ordinals'] as const;
const COLLECT_MODES = ['breadth_first', 'depth_first'] as const;

const MAX_PARTITIONS = 65_536;

export function parseTermsAggregation(body: unknown, place: AggregationPlace): TermsAggregation {
  const { path, aggs } = place;
  const options = new OptionReader(body, path, {
    code,
    what: 'terms',
    allowed: [
      'field',
      'size',
      'shard_size',
      'shard_min_doc_count',
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
    unsupported: ['script', 'value_type'],
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
  options.number('shard_min_doc_count', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  options.oneOf('execution_hint', EXECUTION_HINTS);
  options.oneOf('collect_mode', COLLECT_MODES);
  const include = readPartition(options) ?? readListed(options, 'include');
  const exclude = readListed(options, 'exclude');
  return {
    type: 'terms',
    ...readValueOptions(options),
    size: options.number('size', { min: 1, max: MAX_TERMS_BUCKETS, integer: true }) ?? 10,
    minDocCount,
    order: options.has('order')
      ? parseOrder(options.raw('order'), options.at('order'), aggs)
      : [{ by: '_count', direction: 'desc' }],
    ...(include !== undefined && { include }),
    ...(exclude !== undefined && { exclude }),
    ...(options.boolean('show_term_doc_count_error') && { showTermDocCountError: true }),
  };
}

/** The values of a list, or a regexp. */
function readListed(options: OptionReader, name: string): Scalar[] | string | undefined {
  const value = options.raw(name);
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    checkRegexp(value, options.at(name));
    return value;
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_LISTED_VALUES)
    throw options.fail(name, `a regexp, or an array of 1 to ${MAX_LISTED_VALUES} values`);
  return value.map((item: unknown, i) => readScalar(item, `${options.at(name)}[${i}]`, code));
}

function readPartition(options: OptionReader): TermsPartition | undefined {
  const value = options.raw('include');
  if (!isObject(value)) return undefined;
  const path = options.at('include');
  if (options.has('exclude')) throw requestError(code, path, 'a partition and exclude together; give one of them');
  const own = new OptionReader(value, path, { code, what: 'a partition', allowed: ['partition', 'num_partitions'] });
  own.required('partition');
  own.required('num_partitions');
  const count = own.number('num_partitions', { min: 1, max: MAX_PARTITIONS, integer: true })!;
  return { part: own.number('partition', { min: 0, max: count - 1, integer: true })!, count };
}
