/** Something that should be worked on where it was worked on before: a segment. */
export interface Placeable {
  readonly key: string;
  /** In any unit; bytes of segments. */
  readonly weight: number;
}

/** A worker gets at most this much more than its share. */
const LOAD_FACTOR = 1.25;

/**
 * Gives each item to a worker by rendezvous hashing (Thaler and Ravishankar, 1998) with bounded loads (Mirrokni, Thorup and
 * Zadimoghaddam, 2018): each item ranks the workers by a hash of both and takes the first that has room. When a worker
 * comes or goes, about 1/n of the items move; nobody has more than LOAD_FACTOR times its share, or its share and one item.
 * A pure function of its arguments, whatever their order: every planner that sees the same workers places alike.
 * @returns the worker of each item, in the order of `items`; empty when there is no worker
 */
export function place(items: readonly Placeable[], workers: readonly string[]): string[] {
  if (workers.length === 0) return [];
  if (workers.length === 1) return items.map(() => workers[0]!);
  const total = items.reduce((sum, { weight }) => sum + weight, 0);
  const heaviest = items.reduce((most, { weight }) => Math.max(most, weight), 0);
  const share = total / workers.length;
  const room = Math.max(share * LOAD_FACTOR, share + heaviest);
  const load = new Float64Array(workers.length);
  const hashes = workers.map(hashOf);
  const placed = Array.from<string>({ length: items.length });
  // In an order that does not depend on the workers, so that a new one disturbs few.
  const order = items.map((item, at) => ({ at, item, hash: hashOf(item.key) }));
  order.sort((a, b) => a.hash - b.hash || (a.item.key < b.item.key ? -1 : 1));
  for (const { at, item, hash } of order) {
    let best = -1;
    let bestScore = -1;
    for (let worker = 0; worker < workers.length; worker++) {
      if (load[worker]! + item.weight > room) continue;
      const score = mix(hash ^ hashes[worker]!);
      if (score < bestScore || (score === bestScore && workers[worker]! > workers[best]!)) continue;
      best = worker;
      bestScore = score;
    }
    // Somebody has room: were all above `room - weight`, their sum would be more than the total.
    load[best]! += item.weight;
    placed[at] = workers[best]!;
  }
  return placed;
}

/** The workers in the order in which the key prefers them. */
export function ranking(key: string, workers: readonly string[]): string[] {
  const hash = hashOf(key);
  return workers
    .map((id) => ({ id, score: mix(hash ^ hashOf(id)) }))
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}

/** FNV-1a, 32 bits (Fowler, Noll and Vo), over UTF-16 units: keys and ids are ASCII. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** The finalizer of MurmurHash3 (Appleby): every bit of the input reaches every bit of the output. */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
