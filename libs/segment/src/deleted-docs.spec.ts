import { decodeDeletedDocs, deletedDocsFrom, encodeDeletedDocs } from './deleted-docs-codec.ts';
import { isDeleted } from './deleted-docs.ts';

describe('deleted documents', () => {
  it('are counted once and added to those of before', () => {
    const first = deletedDocsFrom(70, [3, 69, 3]);
    const second = deletedDocsFrom(70, [0, 69], first);
    expect([first.deletedCount, second.deletedCount]).toEqual([2, 3]);
    const deleted = Array.from({ length: 70 }, (_, doc) => doc).filter((doc) => isDeleted(second, doc));
    expect(deleted).toEqual([0, 3, 69]);
    expect(isDeleted(first, 0)).toBe(false);
  });

  it('come back from their bytes', () => {
    const deleted = deletedDocsFrom(1000, [0, 31, 32, 999]);
    expect(decodeDeletedDocs(encodeDeletedDocs(deleted), 1000)).toEqual(deleted);
  });

  it('are corrupt after any flipped bit, cut short, or read for another segment', () => {
    const bytes = encodeDeletedDocs(deletedDocsFrom(40, [1, 2]));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >>> 3]! ^= 1 << (bit & 7);
      expect(() => decodeDeletedDocs(damaged, 40)).toThrow(expect.objectContaining({ kind: 'corrupt' }));
    }
    expect(() => decodeDeletedDocs(bytes.slice(0, -1), 40)).toThrow(expect.objectContaining({ kind: 'corrupt' }));
    expect(() => decodeDeletedDocs(bytes, 41)).toThrow(expect.objectContaining({ kind: 'corrupt' }));
    expect(() => decodeDeletedDocs(bytes, 80)).toThrow(expect.objectContaining({ kind: 'corrupt' }));
  });

  it.each([
    ['their number', { docCount: 40, deletedCount: 3, words: Uint32Array.of(0b110, 0) }],
    ['a document beyond the last', { docCount: 40, deletedCount: 1, words: Uint32Array.of(0, 0x8000_0000) }],
  ])('are corrupt when %s cannot be, whatever the checksum', (_, deleted) => {
    expect(() => decodeDeletedDocs(encodeDeletedDocs(deleted), 40)).toThrow(
      expect.objectContaining({ kind: 'corrupt' }) as Error,
    );
  });
});
