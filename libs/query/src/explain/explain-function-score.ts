import type { FunctionScoreClause, FunctionValue } from '../compile/compiled-query.ts';
import { hasBit } from '../execute/bits.ts';
import { createFunctionScore } from '../execute/function-score.ts';
import type { SegmentData } from '../execute/segment-data.ts';
import type { Explanation } from '../search-partial.ts';
import { describeClause } from './describe-clause.ts';
import { detail } from './explain-bm25.ts';
import type { Explainer } from './explainer.ts';

const COMBINED: Readonly<Record<FunctionScoreClause['boostMode'], string>> = {
  multiply: 'product of:',
  replace: 'only the functions of:',
  sum: 'sum of:',
  avg: 'avg of:',
  max: 'max of:',
  min: 'min of:',
};

export function functionScoreExplainer(clause: FunctionScoreClause, query: Explainer, data: SegmentData): Explainer {
  const functions = createFunctionScore(clause, data);
  return (doc) => {
    const explained = query(doc);
    if (explained === undefined) return undefined;
    return detail(functions.combine(doc, explained.value), `function score, ${COMBINED[clause.boostMode]}`, [
      explained,
      explainFactor(doc),
    ]);
  };

  function explainFactor(doc: number): Explanation {
    const { scoreMode, maxBoost } = clause;
    const speaking = [...functions.functions.entries()].filter(
      ([, { docs }]) => docs === undefined || hasBit(docs, doc),
    );
    // The first one alone is asked: the others may have no answer.
    const asked = scoreMode === 'first' ? speaking.slice(0, 1) : speaking;
    const parts = asked.map(([at, { weight, value }]) => {
      const { filter, value: what } = clause.functions[at]!;
      const said = value.valueOf(doc);
      return detail(weight * said, 'function score, product of:', [
        detail(1, `match filter: ${filter ? describeClause(filter) : '*:*'}`),
        detail(said, describeFunction(what)),
        detail(weight, 'weight'),
      ]);
    });
    const factor =
      parts.length === 0
        ? detail(1, 'no function matched')
        : detail(functions.factorOf(doc), `function score, score mode [${scoreMode}]`, parts);
    if (maxBoost === Infinity) return factor;
    return detail(Math.min(factor.value, maxBoost), 'min of:', [factor, detail(maxBoost, 'maxBoost')]);
  }
}

function describeFunction(value: FunctionValue): string {
  switch (value.kind) {
    case 'one':
      return 'constant score 1.0 - no function provided';
    case 'field_value_factor': {
      const { field, factor, modifier, missing } = value;
      const otherwise = missing === undefined ? '' : ` (${missing} if there is none)`;
      return `field value function: ${modifier}(${field}${otherwise} * factor=${factor})`;
    }
    case 'decay': {
      const { curve, field, origin, scale, offset, decay, multiValueMode } = value;
      return `${curve} decay of ${field}: ${multiValueMode} distance to ${origin} beyond ${offset}, ${decay} at ${scale}`;
    }
    default:
      return `random score from ${value.field} (seed ${value.seed})`;
  }
}
