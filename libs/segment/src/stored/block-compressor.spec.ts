import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { encodeUtf8 } from '#libs/kernel';
import { BlockCompressor } from './block-compressor.ts';

const dictionary = encodeUtf8(`\0${'a dictionary of words that recur in every block '.repeat(40)}`);
const plain = (block: Uint8Array, used: Uint8Array | undefined): Uint8Array =>
  zstdCompressSync(block, { params: { [constants.ZSTD_c_compressionLevel]: 3 }, ...(used && { dictionary: used }) });

const blocks = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc
      .array(fc.constantFrom('words that', 'recur', 'in every', 'block', 'ξ', '\0'), { maxLength: 4000 })
      .map((words) => encodeUtf8(words.join(' '))),
  ),
  { maxLength: 12 },
);

describe('BlockCompressor', () => {
  it.each([['a dictionary', dictionary] as const, ['none', undefined] as const])(
    'gives the frames that a context for each block gives, with %s, also once it is closed',
    (_, used) => {
      fc.assert(
        fc.property(blocks, fc.nat(12), (all, closedAt) => {
          const compressor = new BlockCompressor(used);
          for (const [at, block] of all.entries()) {
            if (at === closedAt) compressor.close();
            const frame = compressor.compress(block);
            expect(Buffer.compare(frame, plain(block, used))).toBe(0);
            expect(Buffer.compare(zstdDecompressSync(frame, used && { dictionary: used }), block)).toBe(0);
          }
          compressor.close();
        }),
        { numRuns: 100 },
      );
    },
  );

  it('keeps one context on this Node', () => {
    const compressor = new BlockCompressor(dictionary);
    compressor.compress(dictionary);
    expect(compressor.keepsContext).toBe(true);
    compressor.close();
    expect(compressor.keepsContext).toBe(false);
  });

  it('takes a document of megabytes', () => {
    const compressor = new BlockCompressor(dictionary);
    const large = encodeUtf8('one large document '.repeat(100_000));
    expect(Buffer.compare(compressor.compress(large), plain(large, dictionary))).toBe(0);
    compressor.close();
  });
});
