import fc from 'fast-check';
import { seededRandom } from '#libs/kernel';
import { bytesSource } from '../bytes-source.ts';
import { openSegment } from '../reader/ranged-segment-reader.ts';
import type { SegmentReader, SegmentSource } from '../segment-reader.ts';
import { buildSegment } from '../testing/build-segment.ts';
import { flushed } from '../testing/read-everything.ts';
import { type ByteAutomaton, markOf, matchesBetween } from './byte-automaton.ts';

/** Words over a few letters, their automaton a trie: what matches is known without running it. */
function trieOf(words: readonly string[]): ByteAutomaton {
  const classes = new Uint8Array(256);
  const nodes: { mark: number; next: Map<number, number> }[] = [];
  const add = (): number => nodes.push({ mark: 0, next: new Map() }) - 1;
  if (words.length > 0) add();
  for (const [i, word] of words.entries()) {
    let node = 0;
    for (const byte of Buffer.from(word)) {
      classes[byte] = byte;
      const known = nodes[node]!.next.get(byte) ?? add();
      nodes[node]!.next.set(byte, known);
      node = known;
    }
    nodes[node]!.mark = 1 + (i % 3);
  }
  const next = new Int32Array(nodes.length * 256).fill(-1);
  for (const [state, node] of nodes.entries()) for (const [byte, to] of node.next) next[state * 256 + byte] = to;
  // Class 0 is all bytes of no word; a word has no zero byte.
  return { classes, classCount: 256, next, marks: Uint8Array.from(nodes, ({ mark }) => mark) };
}

const word = fc.array(fc.constantFrom('a', 'b', 'c', 'é'), { maxLength: 4 }).map((letters) => letters.join(''));
const words = fc.uniqueArray(word, { maxLength: 8 });
const below = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

describe('a byte automaton', () => {
  it('tells whether anything between two bounds matches', () => {
    fc.assert(
      fc.property(words, word, fc.option(word, { nil: undefined }), (list, low, high) => {
        fc.pre(high === undefined || !below(high, low));
        const expected = list.some((one) => !below(one, low) && (high === undefined || below(one, high)));
        const bound = high === undefined ? undefined : Buffer.from(high);
        expect(matchesBetween(trieOf(list), Buffer.from(low), bound)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  describe('over a dictionary of many blocks', () => {
    const random = seededRandom(5);
    const letters = ['a', 'b', 'c', 'é'];
    const terms = [
      ...new Set(
        Array.from({ length: 6000 }, () =>
          Array.from({ length: Math.floor(random.next() * 9) }, () => letters[Math.floor(random.next() * 4)]!).join(''),
        ),
      ),
    ].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    let reader: SegmentReader;
    let ranges = 0;

    beforeAll(async () => {
      const { bytes, meta } = await buildSegment([{ id: 'a', source: '{}', values: { tag: terms } }], {
        tag: 'keyword',
      });
      const inner = bytesSource(bytes);
      const counting: SegmentSource = {
        read: (asked) => {
          ranges += asked.length;
          return inner.read(asked);
        },
        noteHeld: (units) => {
          ranges += units;
        },
      };
      reader = await openSegment(counting, meta);
    });

    it('finds the terms that match, in order, with their marks', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.oneof(word, fc.constantFrom(...terms)), { maxLength: 40 }),
          fc.constantFrom(0, 1, 3, 1000),
          async (list, limit) => {
            const automaton = trieOf(list);
            const expected = terms.flatMap((term, ordinal) => {
              const mark = markOf(automaton, Buffer.from(term));
              return mark === 0 ? [] : [{ term, ordinal, mark }];
            });
            const found = await flushed(reader, (wave) => wave.matchingTerms('tag', automaton, limit));
            expect(found.terms.map(({ term, ordinal }, i) => ({ term, ordinal, mark: found.marks[i] }))).toEqual(
              expected.slice(0, limit),
            );
            expect(found.complete).toBe(expected.length <= limit);
          },
        ),
        { numRuns: 200 },
      );
    });

    it('reads only blocks that can hold a match', async () => {
      ranges = 0;
      await flushed(reader, (wave) => wave.matchingTerms('tag', trieOf([terms[terms.length >> 1]!]), 10));
      expect(ranges).toBe(1);
      await flushed(reader, (wave) => wave.matchingTerms('tag', trieOf([]), 10));
      await flushed(reader, (wave) => wave.matchingTerms('nowhere', trieOf(['a']), 10));
      expect(ranges).toBe(1);
      await flushed(reader, (wave) => wave.matchingTerms('tag', trieOf(terms), Infinity));
      expect(ranges).toBeGreaterThan(3);
    });
  });
});
