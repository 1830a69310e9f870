/** MurmurHash3's finalizer (Appleby): every bit of the answer depends on every bit of what comes in. */
export function mixBits(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 units, mixed: 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixBits(hash);
}

const view = new DataView(new ArrayBuffer(8));

export function hashNumber(number: number): number {
  view.setFloat64(0, number);
  return mixBits(mixBits(view.getInt32(0)) ^ view.getInt32(4));
}

/** From 0, below 1: what `random_score` gives to something with this hash. */
export const randomOf = (seed: number, hash: number): number => mixBits(seed ^ hash) / 2 ** 32;
