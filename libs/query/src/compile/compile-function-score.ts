import { invalid, isQuarryError, parseDurationMs } from '#libs/kernel';
import type { FieldSpec } from '#libs/segment';
import type { DecayNode, FunctionScoreNode, QueryNode, ScoreFunctionNode } from '../query-node.ts';
import { hashText } from '../score/mix-hash.ts';
import { showValue } from '../syntax/show-value.ts';
import type { CompileContext } from './compile-query.ts';
import type { Clause, FunctionValue, ScoreFunctionClause } from './compiled-query.ts';
import { isNumeric, parseFieldNumber } from './field-value.ts';

type CompileNode = (node: QueryNode, boost: number, context: CompileContext) => Clause;

/**
 * The boost is the query's, as in Elasticsearch. Throws `invalid` (`unknown_field`, `field_type_mismatch`, `bad_decay`,
 * `bad_value`).
 */
export function compileFunctionScore(
  node: FunctionScoreNode,
  boost: number,
  context: CompileContext,
  compileNode: CompileNode,
): Clause {
  const query = compileNode(node.query, boost, context);
  const functions = node.functions.map((one) => compileFunction(one, context, compileNode));
  if (query.kind === 'none') return query;
  const { scoreMode, boostMode, maxBoost = Infinity, path, minScore } = node;
  const clause: Clause =
    functions.length === 0
      ? query
      : { kind: 'function_score', clause: query, functions, scoreMode, boostMode, maxBoost, path };
  return minScore === undefined ? clause : { kind: 'min_score', clause, minScore };
}

function compileFunction(
  node: ScoreFunctionNode,
  context: CompileContext,
  compileNode: CompileNode,
): ScoreFunctionClause {
  const filter = node.filter && compileNode(node.filter, 1, context);
  return {
    filter: filter?.kind === 'all' ? undefined : filter,
    weight: node.weight,
    value: compileValue(node, context),
    path: node.path,
  };
}

function compileValue({ value, path }: ScoreFunctionNode, context: CompileContext): FunctionValue {
  if (value === undefined) return { kind: 'one' };
  switch (value.type) {
    case 'field_value_factor': {
      const { field, factor, modifier, missing } = value;
      // Without the field every document counts as missing.
      if (missing === undefined || context.schema.field(field)) numberField(field, path, context);
      return { kind: 'field_value_factor', field, factor, modifier, missing };
    }
    case 'random_score': {
      const { field, seed } = value;
      if (field !== '_id') numberField(field, path, context);
      return { kind: 'random_score', field, seed: hashText(seed ?? String(context.now)) };
    }
    default:
      return compileDecay(value, path, context);
  }
}

function compileDecay(node: DecayNode, path: string, context: CompileContext): FunctionValue {
  const { field, curve, decay, multiValueMode, origin } = node;
  const spec = numberField(field, path, context);
  const isDate = spec.type === 'date';
  if (origin === undefined && !isDate) {
    throw badDecay(path, `${curve} over the ${spec.type} field "${field}" needs an origin`);
  }
  const distance = (name: 'scale' | 'offset'): number => {
    const ms = readDistance(node[name], isDate);
    if (ms >= 0 && ms < Infinity && (name === 'offset' || ms > 0)) return ms;
    const expected = isDate ? 'a duration, as in "10d"' : 'a number';
    throw badDecay(path, `${name} ${showValue(node[name])}: give ${expected}${name === 'scale' ? ' above 0' : ''}`);
  };
  return {
    kind: 'decay',
    field,
    curve,
    decay,
    multiValueMode,
    origin:
      origin === undefined ? context.now : parseFieldNumber(spec, origin, false, { field, path, now: context.now }),
    scale: distance('scale'),
    offset: distance('offset'),
  };
}

/** Ms of a date's durations, numbers of all else; NaN when it is neither. */
function readDistance(value: string | number, isDate: boolean): number {
  if (typeof value === 'number' || !isDate) return value === '' ? Number.NaN : Number(value);
  try {
    return parseDurationMs(value);
  } catch (error) {
    if (isQuarryError(error)) return Number.NaN;
    throw error;
  }
}

const badDecay = (path: string, why: string): Error => invalid('bad_decay', `${path}: ${why}`, { path });

function numberField(field: string, path: string, { schema }: CompileContext): FieldSpec {
  const spec = schema.field(field);
  if (!spec) throw invalid('unknown_field', `${path}: there is no field "${field}"`, { field, path });
  if (isNumeric(spec.type)) return spec;
  throw invalid(
    'field_type_mismatch',
    `${path}: scores come from numbers and dates, but "${field}" is a ${spec.type} field`,
    { field, type: spec.type, path },
  );
}
