import {
  MODIFIERS,
  type DecayNode,
  type FieldValueFactorNode,
  type RandomScoreNode,
  type ScoreFunctionNode,
} from '../../query-node.ts';
import { isObject, OptionReader } from '../option-reader.ts';
import { pathOf, requestError, unexpected } from '../request-error.ts';

export const FUNCTION_NAMES = ['field_value_factor', 'gauss', 'exp', 'linear', 'random_score'] as const;
const MULTI_VALUE_MODES: readonly DecayNode['multiValueMode'][] = ['min', 'max', 'avg', 'sum'];

export function parseFunctionValue(
  name: (typeof FUNCTION_NAMES)[number],
  body: unknown,
  path: string,
): ScoreFunctionNode['value'] {
  if (name === 'field_value_factor') return parseFieldValueFactor(body, path);
  return name === 'random_score' ? parseRandomScore(body, path) : parseDecay(name, body, path);
}

function parseFieldValueFactor(body: unknown, path: string): FieldValueFactorNode {
  const options = new OptionReader(body, path, {
    code: 'bad_query',
    what: 'field_value_factor',
    allowed: ['field', 'factor', 'modifier', 'missing'],
  });
  const missing = options.number('missing');
  return {
    type: 'field_value_factor',
    field: options.fieldName(),
    factor: options.number('factor') ?? 1,
    modifier: options.oneOf('modifier', MODIFIERS) ?? 'none',
    ...(missing !== undefined && { missing }),
  };
}

/** `{field: {origin, scale, offset, decay}, multi_value_mode}` */
function parseDecay(curve: DecayNode['curve'], body: unknown, path: string): DecayNode {
  if (!isObject(body)) throw unexpected('bad_query', path, `{field: {origin, scale}} in ${curve}`, body);
  const fields = Object.keys(body).filter((key) => key !== 'multi_value_mode' && key !== 'multiValueMode');
  const field = fields[0];
  if (fields.length !== 1 || field === undefined || field === '')
    throw requestError('bad_query', path, `${curve} takes exactly one field; put several into functions`);
  const { [field]: shape, ...rest } = body;
  const outer = new OptionReader(rest, path, { code: 'bad_query', what: curve, allowed: ['multi_value_mode'] });
  const options = new OptionReader(shape, pathOf(path, field), {
    code: 'bad_query',
    what: curve,
    allowed: ['origin', 'scale', 'offset', 'decay'],
  });
  options.required('scale');
  const decay = options.number('decay', { above: 0 }) ?? 0.5;
  if (decay >= 1) throw options.fail('decay', 'a number above 0 and below 1');
  return {
    type: 'decay',
    curve,
    field,
    ...(options.has('origin') && { origin: options.scalar('origin') }),
    scale: readDistance(options, 'scale'),
    offset: options.has('offset') ? readDistance(options, 'offset') : 0,
    decay,
    multiValueMode: outer.oneOf('multi_value_mode', MULTI_VALUE_MODES) ?? 'min',
  };
}

function readDistance(options: OptionReader, name: string): string | number {
  const value = options.scalar(name);
  if (typeof value === 'boolean') throw options.fail(name, 'a number, or a duration for dates');
  return value;
}

function parseRandomScore(body: unknown, path: string): RandomScoreNode {
  const options = new OptionReader(body, path, {
    code: 'bad_query',
    what: 'random_score',
    allowed: ['seed', 'field'],
  });
  return {
    type: 'random_score',
    field: options.has('field') ? options.fieldName() : '_id',
    ...(options.has('seed') && { seed: String(options.scalar('seed')) }),
  };
}
