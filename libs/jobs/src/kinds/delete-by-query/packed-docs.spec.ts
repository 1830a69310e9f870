import fc from 'fast-check';
import { deflateRawSync } from 'node:zlib';
import { firstDocs, packDocs, unpackDocs } from './packed-docs.ts';

const set = fc.uint32Array({ maxLength: 40 });
const count = (docs: Uint32Array): number =>
  [...docs].reduce((sum, word) => sum + word.toString(2).replaceAll('0', '').length, 0);

describe('a packed set of documents', () => {
  it('is what was packed', () => {
    fc.assert(fc.property(set, (docs) => expect(unpackDocs(packDocs(docs), docs.length)).toEqual(docs)));
  });

  it('of another size is corrupt, and is not inflated further', () => {
    const bomb = deflateRawSync(new Uint8Array(1 << 24)).toString('base64');
    for (const packed of [bomb, packDocs(new Uint32Array(2)), '', '%%%', 'AAAA']) {
      expect(() => unpackDocs(packed, 3)).toThrow(expect.objectContaining({ kind: 'corrupt' }) as Error);
    }
  });

  it('is cut to the first', () => {
    fc.assert(
      fc.property(set, fc.nat(200), (docs, most) => {
        const first = firstDocs(docs, most);
        expect(count(first)).toBe(Math.min(most, count(docs)));
        // No document that was left out stands before one that was taken.
        const bits = (of: Uint32Array): string =>
          Array.from({ length: of.length * 32 }, (_, doc) => (of[doc >>> 5]! >>> (doc & 31)) & 1).join('');
        const [all, taken] = [bits(docs), bits(first)];
        expect(taken.replace(/0*$/, '')).toBe(all.slice(0, taken.lastIndexOf('1') + 1));
      }),
    );
  });
});
