import type { Postings, TermInfo } from '#libs/segment';
import type { BoolClause, Clause } from '../compile/compiled-query.ts';
import { emptyBits, forEachBit, fullBits, intersect, setBit, subtract, unite, type Bits } from './bits.ts';
import { scanRanges } from './numeric-range-scan.ts';
import { createPhraseMatcher } from './phrase-matcher.ts';
import type { SegmentData } from './segment-data.ts';

/**
 * The documents of a segment that match a clause, deleted ones included, without scores: filters, exclusions, searches
 * that are sorted by fields. The caller may change the answer.
 */
export function matchingDocs(clause: Clause, data: SegmentData): Bits {
  const { docCount } = data;
  const out = emptyBits(docCount);
  if (!data.mayMatch(clause)) return out;
  // What every clause costs at least: sets are made and combined.
  data.watch.spend(out.length);
  switch (clause.kind) {
    case 'all':
      return fullBits(docCount);
    case 'term':
      addPostings(data.postings(data.term(clause.field, clause.term)!), data, out);
      return out;
    case 'phrase': {
      const matcher = createPhraseMatcher(clause, data);
      for (let doc = matcher.nextCandidate(0); doc >= 0; doc = matcher.nextCandidate(doc + 1)) {
        if (matcher.freq() > 0) setBit(out, doc);
      }
      return out;
    }
    case 'term_set':
      addTerms(clause.field, data.termSet(clause), data, out);
      return out;
    case 'term_range':
    case 'term_pattern':
      addTerms(clause.field, data.expansion(clause), data, out);
      return out;
    case 'fuzzy':
    case 'phrase_prefix':
      return matchingDocs(data.substituteFor(clause), data);
    case 'numbers':
      scanRanges(data.numericColumn(clause.field)!, clause.ranges, out, data.watch);
      return out;
    case 'exists':
      return existing(clause.field, data, out);
    case 'ids':
      for (const doc of data.docsWithIds(clause)) setBit(out, doc);
      return out;
    case 'dis_max':
      for (const child of clause.clauses) if (data.mayMatch(child)) unite(out, matchingDocs(child, data));
      return out;
    case 'bool':
      return matchingBool(clause, data);
    case 'function_score':
      return matchingDocs(clause.clause, data);
    case 'min_score':
      return data.minScoreDocs.get(clause)!.slice();
    default:
      return out;
  }
}

function matchingBool({ must, filter, should, mustNot, minimumShouldMatch }: BoolClause, data: SegmentData): Bits {
  let out: Bits | undefined;
  for (const child of [...must, ...filter]) {
    if (child.kind === 'all') continue;
    const bits = matchingDocs(child, data);
    if (out) intersect(out, bits);
    else out = bits;
  }
  if (minimumShouldMatch > 0) {
    const bits = atLeast(minimumShouldMatch, setsOf(should, data), data);
    if (out) intersect(out, bits);
    else out = bits;
  }
  out ??= fullBits(data.docCount);
  for (const child of mustNot) if (data.mayMatch(child)) subtract(out, matchingDocs(child, data));
  return out;
}

/** One at a time, as they are asked for. */
function* setsOf(clauses: readonly Clause[], data: SegmentData): Generator<Bits> {
  for (const clause of clauses) if (data.mayMatch(clause)) yield matchingDocs(clause, data);
}

/** Up to here a bitmap for each number is cheaper than a counter for each document. */
const FEW = 4;

/** The documents that are in at least `minimum` of the sets, which are taken one at a time: there may be thousands. */
function atLeast(minimum: number, sets: Iterable<Bits>, data: SegmentData): Bits {
  return minimum <= FEW ? atLeastFew(minimum, sets, data.docCount) : atLeastMany(minimum, sets, data);
}

function atLeastFew(minimum: number, sets: Iterable<Bits>, docCount: number): Bits {
  // reached[n]: in at least n + 1 of the sets seen so far.
  const reached = Array.from({ length: minimum }, () => emptyBits(docCount));
  for (const set of sets) {
    for (let n = minimum - 1; n > 0; n--) {
      const [more, fewer] = [reached[n]!, reached[n - 1]!];
      for (let i = 0; i < set.length; i++) more[i]! |= fewer[i]! & set[i]!;
    }
    unite(reached[0]!, set);
  }
  return reached[minimum - 1]!;
}

/** A query has at most 4,096 clauses: 16 bits can count them. */
function atLeastMany(minimum: number, sets: Iterable<Bits>, { docCount, watch }: SegmentData): Bits {
  const counts = new Uint16Array(docCount);
  for (const set of sets) {
    watch.spend(docCount);
    forEachBit(set, (doc) => counts[doc]!++);
  }
  const out = emptyBits(docCount);
  for (let doc = 0; doc < docCount; doc++) if (counts[doc]! >= minimum) setBit(out, doc);
  return out;
}

function addTerms(field: string, infos: readonly TermInfo[], data: SegmentData, out: Bits): void {
  if (!data.usesColumn(field, infos)) {
    for (const info of infos) addPostings(data.postings(info), data, out);
    return;
  }
  const { ordinals, starts, termCount } = data.keywordColumn(field)!;
  const asked = new Uint8Array(termCount);
  for (const { ordinal } of infos) asked[ordinal] = 1;
  data.watch.inStretches(data.docCount, (from, to) => {
    for (let doc = from; doc < to; doc++) {
      const end = starts === undefined ? doc + 1 : starts[doc + 1]!;
      for (let i = starts === undefined ? doc : starts[doc]!; i < end; i++) {
        if (asked[ordinals[i]!] === 1) {
          setBit(out, doc);
          break;
        }
      }
    }
  });
}

function addPostings(postings: Postings, { watch }: SegmentData, out: Bits): void {
  const cursor = postings.cursor();
  const { blockLastDocs, blockCount } = postings;
  let target = 0;
  for (let block = 0; block < blockCount; block++) {
    const size = cursor.loadBlock(target);
    const docs = cursor.blockDocs;
    for (let i = 0; i < size; i++) setBit(out, docs[i]!);
    watch.spend(size);
    target = blockLastDocs[block]! + 1;
  }
}

function existing(field: string, data: SegmentData, out: Bits): Bits {
  const starts = (data.numericColumn(field) ?? data.keywordColumn(field))?.starts;
  const norms = data.norms(field);
  const { docCount, watch } = data;
  if (data.reader.field(field)!.docCount === docCount) return fullBits(docCount);
  if (starts) {
    watch.inStretches(docCount, (from, to) => {
      for (let doc = from; doc < to; doc++) if (starts[doc + 1]! > starts[doc]!) setBit(out, doc);
    });
  } else if (norms) {
    watch.inStretches(docCount, (from, to) => {
      for (let doc = from; doc < to; doc++) if (norms[doc]! !== 0) setBit(out, doc);
    });
  }
  return out;
}
