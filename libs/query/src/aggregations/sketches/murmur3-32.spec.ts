import { encodeUtf8 } from '#libs/kernel';
import { murmur3x32 } from './murmur3-32.ts';

describe('murmur3x32', () => {
  // As other implementations have it.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['hello', 0, 0x248bfa47],
    ['hello, world', 0, 0x149bbb7f],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('of "%s" with the seed %i', (text, seed, hash) => {
    expect(murmur3x32(encodeUtf8(text), seed) >>> 0).toBe(hash);
  });
});
