import type { CompositeKey, CompositeSourcePlan } from '../plan/agg-plan.ts';
import type { CollectContext } from './collect-context.ts';
import { docValues } from './doc-values.ts';

/** One source of a composite in one segment: its parts of keys are numbers there, NaN for documents without a value. */
export interface SourceParts {
  /** The document's parts, ascending, each once. False: the document has none, and is in no bucket. */
  read(doc: number, into: number[]): boolean;
  /** Notes a part that will be shown. */
  want(part: number): void;
  shown(part: number): string | number | null;
  /** Where the page begins; undefined: at the first. */
  readonly after: number | undefined;
}

export function sourceParts(
  plan: CompositeSourcePlan,
  after: CompositeKey[number] | undefined,
  context: CollectContext,
): SourceParts {
  const { source, scale } = plan;
  const { data, reads } = context;
  const values = docValues(data, source.field);
  const isKeyword = data.keywordColumn(source.field) !== undefined;
  const partOf = scale ? scale.keyOf : (value: number): number => value;
  return {
    read: (doc, into) => {
      into.length = 0;
      const end = values === undefined ? 0 : values.end(doc);
      for (let at = values === undefined ? 0 : values.begin(doc); at < end; at++) {
        const part = partOf(values!.value(at));
        if (into.length === 0 || into.at(-1) !== part) into.push(part);
      }
      if (into.length === 0 && source.missingBucket) into.push(Number.NaN);
      return into.length > 0;
    },
    want: (part) => {
      if (isKeyword && !Number.isNaN(part)) reads.wantTerms(source.field).add(part);
    },
    shown: (part) => (Number.isNaN(part) ? null : isKeyword ? reads.term(source.field, part) : part),
    after: after === undefined ? undefined : afterPart(plan, after, isKeyword, context),
  };
}

function afterPart(
  { source }: CompositeSourcePlan,
  after: string | number | null,
  isKeyword: boolean,
  { placeOf }: CollectContext,
): number {
  if (after === null) return Number.NaN;
  // Of a field that the segment does not have, there are no parts to compare with.
  if (typeof after === 'string') return isKeyword ? placeOf(source.field, after) : 0;
  return after;
}
