import { STRETCH, type ExecutionWatch } from '../../execute/execution-watch.ts';
import { encodeUtf8 } from '#libs/kernel';
import { markOf, type TermInfo } from '#libs/segment';
import type { Clause } from '../../compile/compiled-query.ts';
import type { AggPartial, BucketPartial } from '../agg-partial.ts';
import { compareKeys } from '../compare-keys.ts';
import { mergeBuckets } from '../merge-partials.ts';
import type { TermsPlan } from '../plan/agg-plan.ts';
import { createBucketCounts, DenseCounts, MISSING, type BucketCounts } from './bucket-counts.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { docValues, type DocValues } from './doc-values.ts';

/** Buckets by ordinal, by the number that a narrow column keeps, or else by value. */
export function collectTerms(plan: TermsPlan, owned: OwnedDocs, context: CollectContext): Collected<AggPartial> {
  const { source, agg } = plan;
  const { field } = source;
  const values = docValues(context.data, field);
  const isKeyword = context.data.keywordColumn(field) !== undefined;
  const isNarrow = values !== undefined && !isKeyword && values.raw.BYTES_PER_ELEMENT <= 2;
  const width = isKeyword ? values!.max + 1 : isNarrow ? 1 << (8 * values.raw.BYTES_PER_ELEMENT) : undefined;
  const valueOf = (key: number): number => (isNarrow ? values.widened(key) : key);
  const accepts = acceptedKeys(plan, context, isKeyword, valueOf);
  const keyAt = (at: number): number => (width === undefined ? values!.value(at) : values!.raw[at]!);
  const counts = createBucketCounts(plan, owned, width);
  if (counts instanceof DenseCounts && counts.isPlain && values && !accepts && source.missing === undefined)
    countPlain(counts.cells, owned.docs, values, context.data.watch);
  else countAll(counts, owned, values, keyAt, accepts, source.missing !== undefined, context.data.watch);

  const closed = counts.close(context);
  const present = agg.minDocCount === 0 && values ? presentKeys(values, context, keyAt, accepts) : undefined;
  if (isKeyword) {
    const asked = context.reads.wantTerms(field);
    for (let owner = 0; owner < owned.ownerCount; owner++)
      for (const key of closed.keys(owner)) if (!Number.isNaN(key)) asked.add(key);
    for (const key of present ?? []) asked.add(key);
  }
  return (owner) => {
    const keys = new Set([...closed.keys(owner), ...(present ?? [])]);
    const hasMissing = keys.delete(MISSING);
    const buckets = [...keys]
      .map((key): BucketPartial => ({
        key: isKeyword ? context.reads.term(field, key) : valueOf(key),
        ...closed.slot(owner, key),
      }))
      .toSorted((a, b) => compareKeys(a.key, b.key));
    if (!hasMissing || !isListed(plan, source.missing!)) return { kind: 'buckets', buckets };
    // A document may have the very value that stands for none.
    const missing = { key: source.missing!, ...closed.slot(owner, MISSING) };
    return { kind: 'buckets', buckets: mergeBuckets(buckets, [missing], agg) };
  };
}

/** The way of most: one number a document and nothing below. */
function countPlain(cells: Uint32Array, docs: Int32Array, { raw, starts }: DocValues, watch: ExecutionWatch): void {
  watch.inStretches(docs.length, (from, to) => {
    if (starts === undefined) for (let i = from; i < to; i++) cells[raw[docs[i]!]!]!++;
    else countSeveral(cells, docs, raw, starts, from, to);
  });
}

function countSeveral(
  cells: Uint32Array,
  docs: Int32Array,
  raw: DocValues['raw'],
  starts: Uint32Array,
  from: number,
  until: number,
): void {
  for (let i = from; i < until; i++) {
    const end = starts[docs[i]! + 1]!;
    let previous = -1;
    for (let at = starts[docs[i]!]!; at < end; at++) {
      const key = raw[at]!;
      if (key !== previous) cells[key]!++;
      previous = key;
    }
  }
}

function countAll(
  counts: BucketCounts,
  { docs, owners }: OwnedDocs,
  values: DocValues | undefined,
  keyAt: (at: number) => number,
  accepts: ((key: number) => boolean) | undefined,
  countsMissing: boolean,
  watch: ExecutionWatch,
): void {
  for (let i = 0; i < docs.length; i++) {
    if (i % STRETCH === 0) watch.spend(STRETCH);
    const doc = docs[i]!;
    const begin = values === undefined ? 0 : values.begin(doc);
    const end = values === undefined ? 0 : values.end(doc);
    if (begin === end && countsMissing) counts.count(doc, owners[i]!, MISSING);
    let previous = MISSING;
    for (let at = begin; at < end; at++) {
      const key = keyAt(at);
      // A document counts once in a bucket; its keys rise.
      if (key !== previous && (accepts === undefined || accepts(key))) counts.count(doc, owners[i]!, key);
      previous = key;
    }
  }
}

/** Of values that no dictionary has: numbers, and what stands for none. */
function isListed({ include, exclude, patterns, partOf }: TermsPlan, value: string | number): boolean {
  if (include !== undefined && !include.has(value)) return false;
  if (exclude.has(value) || (partOf !== undefined && !partOf(value))) return false;
  const isOf = (clause: Clause): boolean =>
    clause.kind === 'term_pattern' ? markOf(clause.automaton, encodeUtf8(String(value))) > 0 : clause.kind !== 'none';
  return (
    (patterns.include === undefined || isOf(patterns.include)) &&
    (patterns.exclude === undefined || !isOf(patterns.exclude))
  );
}

/** include and exclude as the segment's keys; undefined: all of them. */
function acceptedKeys(
  plan: TermsPlan,
  { data }: CollectContext,
  isKeyword: boolean,
  valueOf: (key: number) => number,
): ((key: number) => boolean) | undefined {
  const { include, exclude, source, patterns, partOf } = plan;
  const { include: among, exclude: except } = patterns;
  if (include === undefined && exclude.size === 0 && !among && !except && !partOf) return undefined;
  if (!isKeyword) return (key) => isListed(plan, valueOf(key));
  const ordinalsOf = (terms: Iterable<string | number>): Set<number> =>
    new Set(
      [...terms]
        .map((term) => data.term(source.field, String(term))?.ordinal)
        .filter((ordinal) => ordinal !== undefined),
    );
  const matching = (clause: Clause): TermInfo[] =>
    clause.kind === 'term_pattern' || clause.kind === 'term_range' ? [...data.expansion(clause)] : [];
  const ordinalsOfClause = (clause: Clause): Set<number> =>
    new Set(
      matching(clause)
        .filter(({ term }) => partOf === undefined || partOf(term))
        .map(({ ordinal }) => ordinal),
    );
  const included = among ? ordinalsOfClause(among) : include && ordinalsOf(include);
  const excluded = except ? ordinalsOfClause(except) : ordinalsOf(exclude);
  return (key) => (included === undefined || included.has(key)) && !excluded.has(key);
}

/** What any document that is not deleted has. */
function presentKeys(
  values: DocValues,
  context: CollectContext,
  keyAt: (at: number) => number,
  accepts: ((key: number) => boolean) | undefined,
): Set<number> {
  const keys = new Set<number>();
  const live = context.live();
  for (let i = 0; i < live.length; i++) {
    if (i % STRETCH === 0) context.data.watch.spend(STRETCH);
    const doc = live[i]!;
    const end = values.end(doc);
    for (let at = values.begin(doc); at < end; at++) keys.add(keyAt(at));
  }
  if (accepts) for (const key of keys) if (!accepts(key)) keys.delete(key);
  return keys;
}
