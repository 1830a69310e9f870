import fc from 'fast-check';
import { seededRandom } from '#libs/kernel';
import { bytesSource } from '../bytes-source.ts';
import { decodeNorm } from '../length-norm.ts';
import { openSegment } from '../reader/ranged-segment-reader.ts';
import type { SegmentReader } from '../segment-reader.ts';
import { addDocument, finishSegment, newBuilder } from '../testing/build-segment.ts';
import { flushed } from '../testing/read-everything.ts';
import { NO_MORE_DOCS, type Postings, type PostingsCursor } from './postings.ts';

const DOCS = 128 * 128 + 700;
const TERMS = ['all', 'half', 'tenth', 'bursts', 'huge', 'rare', 'once'] as const;

/** Positions by document. */
type Model = Map<number, number[]>;

/** What a document holds of each term; `bursts` comes in runs and gaps, `huge` thousands of times in a few documents. */
function wordsOf(doc: number, chance: () => number): string[] {
  const words = ['all'];
  if (chance() < 0.5) words.push('half');
  if (chance() < 0.1) words.push('tenth', 'tenth', 'tenth');
  if (Math.floor(doc / 1500) % 2 === 0) words.push(...Array.from({ length: 1 + (doc % 4) }, () => 'bursts'));
  if (doc % 3000 === 7) words.push(...Array.from({ length: 300 + doc }, () => 'huge'));
  if (doc === 5 || doc === 6 || doc === DOCS - 1) words.push('rare', '_', 'rare');
  if (doc === 9000) words.push('once');
  for (let i = words.length - 1; i > 0; i--) {
    const j = Math.floor(chance() * (i + 1));
    [words[i], words[j]] = [words[j]!, words[i]!];
  }
  return words;
}

interface Step {
  readonly kind: 'next' | 'advance' | 'blockOf' | 'positions';
  readonly by: number;
}

type Moves = Pick<PostingsCursor, 'doc' | 'next' | 'advance' | 'freq' | 'blockOf' | 'positions'>;

/** The oracle: a sorted list. */
class ListCursor implements Moves {
  private at = -1;
  private readonly docs: number[];

  constructor(
    private readonly model: Model,
    private readonly lastDocs: Int32Array,
  ) {
    this.docs = [...model.keys()];
  }
  get doc(): number {
    return this.at < 0 ? -1 : (this.docs[this.at] ?? NO_MORE_DOCS);
  }
  next(): number {
    this.at = Math.min(this.at + 1, this.docs.length);
    return this.doc;
  }
  advance(target: number): number {
    while (this.doc < target) this.next();
    return this.doc;
  }
  freq(): number {
    return this.model.get(this.doc)!.length;
  }
  blockOf(target: number): number {
    const found = this.lastDocs.findIndex((last) => last >= target);
    return found < 0 ? this.lastDocs.length : found;
  }
  positions(out: Int32Array): number {
    out.set(this.model.get(this.doc)!);
    return this.freq();
  }
}

/** What a cursor answers to the steps, one entry each. */
function walk(cursor: Moves, steps: readonly Step[]): unknown[] {
  const out = new Int32Array(DOCS * 2);
  return steps.map(({ kind, by }) => {
    if (kind === 'next') return cursor.next();
    if (kind === 'advance') return cursor.advance(Math.min(cursor.doc + by, NO_MORE_DOCS));
    if (kind === 'blockOf') return cursor.blockOf(by);
    if (cursor.doc < 0 || cursor.doc === NO_MORE_DOCS) return 'nowhere';
    return [cursor.freq(), ...out.subarray(0, cursor.positions(out))];
  });
}

describe('postings', () => {
  let reader: SegmentReader;
  let norms: Uint8Array;
  const models = new Map<string, Model>(TERMS.map((term) => [term, new Map()]));

  beforeAll(async () => {
    const random = seededRandom(4);
    const builder = newBuilder();
    for (let doc = 0; doc < DOCS; doc++) {
      const words = wordsOf(doc, () => random.next());
      for (const [position, word] of words.entries()) {
        const model = models.get(word);
        const positions = model?.get(doc);
        if (positions) positions.push(position);
        else model?.set(doc, [position]);
      }
      addDocument(
        builder,
        { id: String(doc), source: '{}', values: { text: [words.join(' ')], tag: doc % 3 === 0 ? ['third'] : [] } },
        { text: 'text', tag: 'keyword' },
      );
    }
    const { bytes, meta } = await finishSegment(builder);
    reader = await openSegment(bytesSource(bytes), meta);
    norms = await flushed(reader, (wave) => wave.norms('text'));
  });

  async function postings(term: string, field = 'text'): Promise<Postings> {
    const info = await flushed(reader, (wave) => wave.term(field, term));
    return flushed(reader, (wave) => wave.postings(info!, true));
  }

  it.each(TERMS)('of "%s" are walked in order with frequencies and positions', async (term) => {
    const model = models.get(term)!;
    const cursor = (await postings(term)).cursor();
    const out = new Int32Array(DOCS * 2);
    expect(cursor.doc).toBe(-1);
    // One expectation for all: sixteen thousand of them take seconds.
    const wrong: number[] = [];
    for (const [doc, positions] of model) {
      const right = cursor.next() === doc && cursor.freq() === positions.length;
      const count = cursor.positions(out);
      if (!right || count !== positions.length || positions.some((position, i) => out[i] !== position)) wrong.push(doc);
    }
    expect(wrong).toEqual([]);
    expect([cursor.next(), cursor.next(), cursor.advance(3), cursor.loadBlock(0) > 0]).toEqual([
      NO_MORE_DOCS,
      NO_MORE_DOCS,
      NO_MORE_DOCS,
      true,
    ]);
  });

  it.each(TERMS)('of "%s" answer any sequence of moves as a sorted list does', async (term) => {
    const model = models.get(term)!;
    const shared = await postings(term);
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.constant({ kind: 'next' as const, by: 0 }),
      fc.record({ kind: fc.constant('advance' as const), by: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.nat(3000)) }),
      fc.record({ kind: fc.constant('blockOf' as const), by: fc.nat(DOCS) }),
      fc.constant({ kind: 'positions' as const, by: 0 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        expect(walk(shared.cursor(), steps)).toEqual(walk(new ListCursor(model, shared.blockLastDocs), steps));
      }),
      { numRuns: 100 },
    );
  });

  it.each(TERMS)('of "%s" load block after block, and every impact list bounds its block', async (term) => {
    const model = models.get(term)!;
    const shared = await postings(term);
    const cursor = shared.cursor();
    const seen: number[] = [];
    const wrong: number[] = [];
    let pairsAtMost = 0;
    for (let target = 0, block = 0; ; block++) {
      const size = cursor.loadBlock(target);
      if (size === 0) break;
      const single = cursor.freqAt(size - 1);
      cursor.loadFreqs();
      if (single !== cursor.blockFreqs[size - 1]) wrong.push(block);
      const from = shared.impactStarts[block]!;
      const to = shared.impactStarts[block + 1]!;
      pairsAtMost = Math.max(pairsAtMost, to - from);
      for (let i = 0; i < size; i++) {
        const doc = cursor.blockDocs[i]!;
        seen.push(doc);
        let bounded = false;
        for (let k = from; k < to; k++) {
          const shorter = decodeNorm(shared.impactNorms[k]!) <= decodeNorm(norms[doc]!);
          bounded ||= shorter && shared.impactFreqs[k]! >= cursor.blockFreqs[i]!;
        }
        if (!bounded || cursor.blockFreqs[i] !== model.get(doc)!.length) wrong.push(doc);
      }
      target = shared.blockLastDocs[block]! + 1;
    }
    expect(wrong).toEqual([]);
    expect(seen).toEqual([...model.keys()]);
    for (let block = shared.blockCount - 1; block >= 0; block--) {
      const size = cursor.loadBlockAt(block);
      expect([...cursor.blockDocs.subarray(0, size)]).toEqual(seen.slice(128 * block, 128 * block + size));
      expect(cursor.freqAt(0)).toBe(model.get(cursor.blockDocs[0]!)!.length);
    }
    expect(pairsAtMost).toBeLessThanOrEqual(8);
  });

  it('of a keyword have frequency 1 and the impact (1, norm 1)', async () => {
    const shared = await postings('third', 'tag');
    const cursor: PostingsCursor = shared.cursor();
    expect(shared.hasPositions).toBe(false);
    expect(shared.docFreq).toBe(Math.ceil(DOCS / 3));
    expect(new Set(shared.impactFreqs)).toEqual(new Set([1]));
    expect(new Set(shared.impactNorms)).toEqual(new Set([1]));
    expect([cursor.advance(3001), cursor.freq(), cursor.next()]).toEqual([3003, 1, 3006]);
    expect(cursor.loadBlock(0)).toBe(128);
    cursor.loadFreqs();
    expect(new Set(cursor.blockFreqs)).toEqual(new Set([1]));
  });
});
