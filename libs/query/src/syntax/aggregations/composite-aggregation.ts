import type { CompositeAggregation, CompositeSource } from '../../aggregation-request.ts';
import type { Scalar } from '../../query-node.ts';
import { MAX_COMPOSITE_SOURCES, MAX_TERMS_BUCKETS } from '../limits.ts';
import { isObject, OptionReader, readScalar } from '../option-reader.ts';
import { pathOf, requestError, showKey, unexpected } from '../request-error.ts';
import { code, type AggregationPlace } from './aggregation-place.ts';
import { readInterval, readOffsetMs, readTimeZone } from './read-interval.ts';
import { readFormat } from './value-options.ts';

const TYPES = ['terms', 'histogram', 'date_histogram'] as const;
const ORDERS = ['asc', 'desc'] as const;
const MISSING_ORDERS = ['first', 'last', 'default'] as const;

export function parseComposite(body: unknown, { path, depth }: AggregationPlace): CompositeAggregation {
  const options = new OptionReader(body, path, { code, what: 'composite', allowed: ['sources', 'size', 'after'] });
  if (depth > 1)
    throw requestError(code, path, 'composite stands at the top only; what it would be below can be a source of it');
  const given = options.required('sources');
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_COMPOSITE_SOURCES)
    throw options.fail('sources', `an array of 1 to ${MAX_COMPOSITE_SOURCES} sources, as in [{"tag": {"terms": …}}]`);
  const sources = given.map((source: unknown, i) => parseSource(source, `${options.at('sources')}[${i}]`));
  const names = new Set<string>();
  for (const { name } of sources) {
    if (names.has(name)) throw requestError(code, options.at('sources'), `two sources are called "${showKey(name)}"`);
    names.add(name);
  }
  const after = readAfter(options, sources);
  return {
    type: 'composite',
    sources,
    size: options.number('size', { min: 1, max: MAX_TERMS_BUCKETS, integer: true }) ?? 10,
    ...(after && { after }),
  };
}

/** The only key of an object, and what it holds. */
function onlyEntry(value: unknown, path: string, expected: string): [string, unknown] {
  const keys = isObject(value) ? Object.keys(value) : [];
  if (keys.length !== 1 || keys[0] === '') throw unexpected(code, path, expected, value);
  return [keys[0]!, (value as Record<string, unknown>)[keys[0]!]];
}

function parseSource(value: unknown, path: string): CompositeSource {
  const [name, inner] = onlyEntry(value, path, 'one named source, as in {"tag": {"terms": {"field": "tag"}}}');
  const at = pathOf(path, name);
  const [type, body] = onlyEntry(inner, at, `one of ${TYPES.join(', ')}`);
  const known = TYPES.find((one) => one === type);
  if (!known)
    throw requestError(
      'unknown_aggregation',
      at,
      `"${showKey(type)}" is no source of composite; supported: ${TYPES.join(', ')}`,
    );
  const options = new OptionReader(body, pathOf(at, type), {
    code,
    what: `${type} in composite`,
    allowed: [
      'field',
      'order',
      'missing_bucket',
      'missing_order',
      ...(known === 'histogram' ? ['interval'] : ['format']),
      ...(known === 'date_histogram' ? ['calendar_interval', 'fixed_interval', 'time_zone', 'offset'] : []),
    ],
    unsupported: ['script', 'value_type', 'missing'],
  });
  const order = options.oneOf('order', ORDERS) ?? 'asc';
  const missingOrder = options.oneOf('missing_order', MISSING_ORDERS) ?? 'default';
  const format = readFormat(options);
  const shared = {
    name,
    field: options.fieldName(),
    order,
    missingBucket: options.boolean('missing_bucket') ?? false,
    missingOrder:
      missingOrder === 'default' ? (order === 'asc' ? ('first' as const) : ('last' as const)) : missingOrder,
    ...(format !== undefined && { format }),
  };
  if (options.has('missing_order') && !shared.missingBucket)
    throw requestError(code, options.at('missing_order'), 'missing_order needs missing_bucket: true');
  if (known === 'terms') return { type: known, ...shared };
  if (known === 'histogram') {
    options.required('interval');
    return { type: known, ...shared, interval: options.number('interval', { above: 0 })! };
  }
  const offsetMs = readOffsetMs(options);
  return {
    type: known,
    ...shared,
    ...readInterval(options),
    timeZone: readTimeZone(options),
    ...(offsetMs !== 0 && { offsetMs }),
  };
}

/** `after_key` of the last answer: a value of every source, by name. */
function readAfter(options: OptionReader, sources: readonly CompositeSource[]): (Scalar | null)[] | undefined {
  if (!options.has('after')) return undefined;
  const after = options.raw('after');
  const names = sources.map(({ name }) => name);
  const given = isObject(after) ? Object.keys(after) : [];
  if (!isObject(after) || given.length !== names.length || !names.every((name) => Object.hasOwn(after, name)))
    throw options.fail(
      'after',
      `the after_key of the last answer: one value for each of ${names.map(showKey).join(', ')}`,
    );
  return sources.map(({ name, missingBucket }) => {
    const at = pathOf(options.at('after'), name);
    if (after[name] !== null) return readScalar(after[name], at, code);
    if (missingBucket) return null;
    throw requestError(code, at, 'null, but the source has no missing_bucket');
  });
}
