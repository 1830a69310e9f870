import { encodeUtf8, invalid } from '#libs/kernel';
import type { TermsAggregation, TermsPartition } from '../../aggregation-request.ts';
import { compileRegexp } from '../../compile/compile-patterns.ts';
import type { Clause } from '../../compile/compiled-query.ts';
import { isNumeric } from '../../compile/field-value.ts';
import type { Scalar } from '../../query-node.ts';
import { murmur3x32 } from '../sketches/murmur3-32.ts';
import { hashNumber } from '../sketches/murmur3.ts';
import type { TermsPlan } from './agg-plan.ts';
import { fieldValue, planSource, type PlanPlace } from './plan-source.ts';

type Listing = Pick<TermsPlan, 'source' | 'include' | 'exclude' | 'patterns' | 'partOf'>;

export function planTerms(agg: TermsAggregation, place: PlanPlace): Listing {
  const source = planSource(agg, place);
  const pathOf = (name: string): string => `${place.path}.terms.${name}`;
  const listed = (values: readonly Scalar[], name: string): Set<string | number> =>
    new Set(
      values.map((value) => fieldValue(value, source.spec, { field: agg.field, path: pathOf(name), now: place.now })),
    );
  /** The terms that a regexp stands for; of an unknown field none. */
  const matching = (value: string, name: string): Clause => {
    const [{ field, spec }, path] = [source, pathOf(name)];
    if (!spec) return { kind: 'none' };
    if (isNumeric(spec.type)) {
      throw invalid(
        'field_type_mismatch',
        `${path}: a regexp needs a keyword field, but "${field}" is a ${spec.type} field; list the values, as in [1, 2]`,
        { field, type: spec.type, path },
      );
    }
    return compileRegexp({ field, value, path }, spec, 1, place);
  };
  const { include, exclude = [] } = agg;
  const partition = typeof include === 'object' && 'part' in include ? include : undefined;
  return {
    source,
    include: Array.isArray(include) ? listed(include, 'include') : undefined,
    exclude: typeof exclude === 'string' ? new Set() : listed(exclude, 'exclude'),
    patterns: {
      ...(typeof include === 'string' && { include: matching(include, 'include') }),
      ...(partition && source.spec?.type === 'keyword' && { include: allTerms(source.field) }),
      ...(typeof exclude === 'string' && { exclude: matching(exclude, 'exclude') }),
    },
    partOf: partition && isOfPart(partition),
  };
}

const allTerms = (field: string): Clause => ({ kind: 'term_range', field, bounds: {}, boost: 1 });

/** Terms fall into the parts into which they fall in Elasticsearch. */
const SEED = 31;

function isOfPart({ part, count }: TermsPartition): (value: string | number) => boolean {
  return (value) => {
    const hash = typeof value === 'string' ? murmur3x32(encodeUtf8(value), SEED) : hashNumber(value);
    return ((hash % count) + count) % count === part;
  };
}
