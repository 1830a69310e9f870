const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

const rotl = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

function fmix(h: number): number {
  let x = h;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

const TWO_20 = 2 ** 20;

/**
 * The first 52 bits of MurmurHash3_x86_128 (Austin Appleby, public domain; seed 0): as many as a double counts in, so that
 * hashes travel as JSON numbers.
 */
export function murmur3(bytes: Uint8Array): number {
  const { length } = bytes;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  const word = (at: number): number => {
    let value = 0;
    for (let i = Math.min(3, length - 1 - at); i >= 0; i--) value = (value << 8) | bytes[at + i]!;
    return value;
  };
  const whole = length - (length % 16);
  for (let at = 0; at < whole; at += 16) {
    h1 ^= Math.imul(rotl(Math.imul(word(at), C1), 15), C2);
    h1 = (Math.imul(rotl(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotl(Math.imul(word(at + 4), C2), 16), C3);
    h2 = (Math.imul(rotl(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotl(Math.imul(word(at + 8), C3), 17), C4);
    h3 = (Math.imul(rotl(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotl(Math.imul(word(at + 12), C4), 18), C1);
    h4 = (Math.imul(rotl(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  if (length > whole + 12) h4 ^= Math.imul(rotl(Math.imul(word(whole + 12), C4), 18), C1);
  if (length > whole + 8) h3 ^= Math.imul(rotl(Math.imul(word(whole + 8), C3), 17), C4);
  if (length > whole + 4) h2 ^= Math.imul(rotl(Math.imul(word(whole + 4), C2), 16), C3);
  if (length > whole) h1 ^= Math.imul(rotl(Math.imul(word(whole), C1), 15), C2);
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = fmix(h1);
  h2 = fmix(h2);
  h3 = fmix(h3);
  h4 = fmix(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  return (h1 >>> 0) * TWO_20 + (h2 >>> 12);
}

const bits = new DataView(new ArrayBuffer(8));
const bytesOfBits = new Uint8Array(bits.buffer);

export function hashNumber(value: number): number {
  bits.setFloat64(0, value + 0, true);
  return murmur3(bytesOfBits);
}
