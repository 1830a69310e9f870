import type {
  CardinalityAggregation,
  MetricAggregation,
  MetricType,
  PercentilesAggregation,
  WeightedAvgAggregation,
} from '../../aggregation-request.ts';
import { MAX_PERCENTILES } from '../limits.ts';
import { OptionReader } from '../option-reader.ts';
import { requestError } from '../request-error.ts';
import { code, type AggregationPlace } from './aggregation-place.ts';
import { readFormat, readValueOptions } from './value-options.ts';

export function parseMetric(type: MetricType, body: unknown, { path }: AggregationPlace): MetricAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: type,
    allowed: ['field', 'missing', 'format', ...(type === 'extended_stats' ? ['sigma'] : [])],
    unsupported: ['script'],
  });
  return {
    type,
    ...readValueOptions(options),
    ...(type === 'extended_stats' && { sigma: options.number('sigma', { min: 0 }) ?? 2 }),
  };
}

export function parseWeightedAvg(body: unknown, { path }: AggregationPlace): WeightedAvgAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: 'weighted_avg',
    allowed: ['value', 'weight', 'format'],
    unsupported: ['value_type', 'script'],
  });
  const read = (name: string): { field: string; missing?: number } => {
    const part = new OptionReader(options.required(name), options.at(name), {
      code,
      what: `${name} of weighted_avg`,
      allowed: ['field', 'missing'],
      unsupported: ['script'],
    });
    const missing = part.number('missing');
    return { field: part.fieldName(), ...(missing !== undefined && { missing }) };
  };
  const format = readFormat(options);
  return {
    type: 'weighted_avg',
    value: read('value'),
    weight: read('weight'),
    ...(format !== undefined && { format }),
  };
}

/** Elasticsearch's default and its largest. */
const DEFAULT_PRECISION_THRESHOLD = 3000;
const MAX_PRECISION_THRESHOLD = 40_000;

export function parseCardinality(body: unknown, { path }: AggregationPlace): CardinalityAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: 'cardinality',
    allowed: ['field', 'missing', 'precision_threshold', 'execution_hint'],
    unsupported: ['script', 'rehash'],
  });
  // It chooses among ways to the same number.
  options.string('execution_hint');
  const threshold = options.number('precision_threshold', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  return {
    type: 'cardinality',
    field: options.fieldName(),
    ...(options.has('missing') && { missing: options.scalar('missing') }),
    precisionThreshold: Math.min(threshold ?? DEFAULT_PRECISION_THRESHOLD, MAX_PRECISION_THRESHOLD),
  };
}

const DEFAULT_PERCENTS = [1, 5, 25, 50, 75, 95, 99];
const DEFAULT_ACCURACY = 0.01;
const MAX_HDR_DIGITS = 5;

export function parsePercentiles(
  type: PercentilesAggregation['type'],
  body: unknown,
  { path }: AggregationPlace,
): PercentilesAggregation {
  const name = type === 'percentiles' ? 'percents' : 'values';
  const options = new OptionReader(body, path, {
    code,
    what: type,
    allowed: ['field', 'missing', 'format', 'keyed', 'tdigest', 'hdr', name],
    unsupported: ['script', 'method', 'compression', 'number_of_significant_value_digits'],
  });
  return {
    type,
    ...readValueOptions(options),
    points: readPoints(options, name),
    keyed: options.boolean('keyed') ?? true,
    accuracy: readAccuracy(options),
  };
}

function readPoints(options: OptionReader, name: 'percents' | 'values'): number[] {
  const value = name === 'values' ? options.required(name) : (options.raw(name) ?? DEFAULT_PERCENTS);
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PERCENTILES)
    throw options.fail(name, `an array of 1 to ${MAX_PERCENTILES} numbers`);
  for (const point of value as unknown[]) {
    const fits = typeof point === 'number' && Number.isFinite(point);
    if (!fits || (name === 'percents' && (point < 0 || point > 100)))
      throw options.fail(name, name === 'percents' ? 'numbers from 0 to 100' : 'finite numbers');
  }
  return [...new Set(value as number[])].toSorted((a, b) => a - b);
}

/** Both of Elasticsearch's sketches become the one that there is; HDR's digits say how exact it is. */
function readAccuracy(options: OptionReader): number {
  if (options.has('tdigest') && options.has('hdr'))
    throw requestError(code, options.path, 'tdigest and hdr; give one of them');
  if (options.has('tdigest')) {
    const digest = new OptionReader(options.raw('tdigest'), options.at('tdigest'), {
      code,
      what: 'tdigest',
      allowed: ['compression', 'execution_hint'],
    });
    digest.number('compression', { above: 0 });
    digest.string('execution_hint');
  }
  if (!options.has('hdr')) return DEFAULT_ACCURACY;
  const hdr = new OptionReader(options.raw('hdr'), options.at('hdr'), {
    code,
    what: 'hdr',
    allowed: ['number_of_significant_value_digits'],
  });
  const digits = hdr.number('number_of_significant_value_digits', { min: 0, max: MAX_HDR_DIGITS, integer: true }) ?? 3;
  return Math.min(DEFAULT_ACCURACY, 10 ** -digits);
}
