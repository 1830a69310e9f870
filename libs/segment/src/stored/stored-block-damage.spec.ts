import { zstdCompressSync } from 'node:zlib';
import { ByteWriter } from '#libs/kernel';
import { StoredBlock } from './stored-block.ts';

it('a stored block whose length is damaged is corrupt, without room made for it (SEG-2)', () => {
  const frame = zstdCompressSync(Buffer.from('ab'));
  const body = new ByteWriter(64).u32(1).u32(0x5000_0000).u32(frame.length).bytes(frame).toBytes();
  const before = process.memoryUsage().arrayBuffers;
  expect(() => new StoredBlock(body, 1, undefined)).toThrow(expect.objectContaining({ kind: 'corrupt' }) as Error);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20);
});
