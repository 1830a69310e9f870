import fc from 'fast-check';
import { Readable } from 'node:stream';
import { constants, createZstdDecompress, zstdCompressSync } from 'node:zlib';
import { zstdFrames } from './zstd-frames.ts';

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function inflated(bytes: Uint8Array, sizes: readonly number[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const input = Readable.from(zstdFrames(Readable.from(cut(bytes, sizes))));
  for await (const chunk of input.pipe(createZstdDecompress())) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const skippable = (body: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a53, 0);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
};

const frame = fc
  .tuple(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(400_000).map((length) => new Uint8Array(length).fill(7)),
      fc.nat(300_000).map((length) => Uint8Array.from({ length }, (_, i) => (i * i) >>> 5)),
    ),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([plain, hasChecksum, hasSize]) => {
    const params = {
      [constants.ZSTD_c_checksumFlag]: Number(hasChecksum),
      [constants.ZSTD_c_contentSizeFlag]: Number(hasSize),
    };
    return { plain: Buffer.from(plain), packed: zstdCompressSync(plain, { params }) };
  });
const skipped = fc.uint8Array({ maxLength: 50 }).map((body) => ({ plain: Buffer.alloc(0), packed: skippable(body) }));

describe('zstdFrames', () => {
  it('lets a decompressor see every frame, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 4, arbitrary: frame }, skipped), { minLength: 1, maxLength: 5 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(100_000)), { minLength: 1, maxLength: 4 }),
        async (frames, sizes) => {
          const all = await inflated(Buffer.concat(frames.map(({ packed }) => packed)), sizes);
          expect(all.equals(Buffer.concat(frames.map(({ plain }) => plain)))).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  it('passes on what are no frames, for the decompressor to refuse', async () => {
    await expect(inflated(Buffer.from('not a frame at all'), [5])).rejects.toThrow(/frame/i);
    const behind = Buffer.concat([zstdCompressSync(Buffer.from('a')), Buffer.from('garbage behind')]);
    await expect(inflated(behind, [1000])).rejects.toThrow(/frame/i);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of zstdFrames(Readable.from(cut(bytes, [7, 3])))) chunks.push(chunk);
        expect(Buffer.concat(chunks).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  }, 60_000);
});
