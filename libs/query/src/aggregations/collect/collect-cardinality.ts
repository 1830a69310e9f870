import { encodeUtf8 } from '#libs/kernel';
import { STRETCH } from '../../execute/execution-watch.ts';
import type { AggPartial } from '../agg-partial.ts';
import type { CardinalityPlan } from '../plan/agg-plan.ts';
import { HyperLogLog } from '../sketches/hyper-log-log.ts';
import { hashNumber, murmur3 } from '../sketches/murmur3.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { docValues } from './doc-values.ts';

const hashOf = (value: string | number): number =>
  typeof value === 'string' ? murmur3(encodeUtf8(value)) : hashNumber(value);

/** What is kept narrow has few different values: they are noted by number, and each is hashed once. */
const MAX_NARROW = 65_536;

/** Different values by bucket: raw ones of the column first, hashes when all are seen (and their terms are read). */
export function collectCardinality(
  plan: CardinalityPlan,
  { docs, owners, ownerCount }: OwnedDocs,
  { data, reads }: CollectContext,
): Collected<AggPartial> {
  const { source, agg } = plan;
  const values = docValues(data, source.field);
  const isKeyword = data.keywordColumn(source.field) !== undefined;
  const isNarrow = isKeyword || (values !== undefined && values.raw.BYTES_PER_ELEMENT <= 2);
  const width = isKeyword ? values!.max + 1 : MAX_NARROW;
  const seen = isNarrow ? new SeenValues(ownerCount, width) : undefined;
  const sketches = Array.from({ length: ownerCount }, () => new HyperLogLog(agg.precisionThreshold));
  const missing = source.missing === undefined ? undefined : hashOf(source.missing);
  for (let i = 0; i < docs.length; i++) {
    if (i % STRETCH === 0) data.watch.spend(STRETCH);
    const doc = docs[i]!;
    const owner = owners[i]!;
    const begin = values === undefined ? 0 : values.begin(doc);
    const end = values === undefined ? 0 : values.end(doc);
    if (begin === end && missing !== undefined) sketches[owner]!.add(missing);
    for (let at = begin; at < end; at++) {
      if (seen) seen.add(owner, values!.raw[at]!);
      else sketches[owner]!.add(hashNumber(values!.value(at)));
    }
  }
  if (isKeyword) {
    const asked = reads.wantTerms(source.field);
    for (let owner = 0; owner < ownerCount; owner++) for (const ordinal of seen!.of(owner)) asked.add(ordinal);
  }
  const hashes = new Map<number, number>();
  const hashOfRaw = (raw: number): number => {
    let hash = hashes.get(raw);
    if (hash === undefined) {
      hash = isKeyword ? hashOf(reads.term(source.field, raw)) : hashNumber(values!.widened(raw));
      hashes.set(raw, hash);
    }
    return hash;
  };
  return (owner) => {
    const sketch = sketches[owner]!;
    if (seen) for (const raw of seen.of(owner)) sketch.add(hashOfRaw(raw));
    return { kind: 'cardinality', state: sketch.toState() };
  };
}

/** Cells of the table of flags, at most: bytes. */
const MAX_FLAGS = 1 << 24;

/** Which small numbers each owner has: flags while they fit, else sets. */
class SeenValues {
  private readonly flags: Uint8Array | undefined;
  private readonly sets: Set<number>[] = [];

  constructor(
    ownerCount: number,
    private readonly width: number,
  ) {
    if (ownerCount * width <= MAX_FLAGS) this.flags = new Uint8Array(ownerCount * width);
    else this.sets = Array.from({ length: ownerCount }, () => new Set());
  }

  add(owner: number, value: number): void {
    if (this.flags) this.flags[owner * this.width + value] = 1;
    else this.sets[owner]!.add(value);
  }

  *of(owner: number): Iterable<number> {
    if (!this.flags) {
      yield* this.sets[owner]!;
      return;
    }
    const base = owner * this.width;
    for (let value = 0; value < this.width; value++) if (this.flags[base + value] === 1) yield value;
  }
}
