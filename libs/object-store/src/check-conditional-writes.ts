import { encodeUtf8, type Ids, invalid } from '#libs/kernel';
import type { ObjectStore } from './object-store.ts';

const CREATORS = 20;
/** Nobody wins when the winner's answer is lost and its retry finds the object there: rare, and says nothing. */
const ROUNDS = 3;
const FOLDER = 'conditional-write-check';

/**
 * Whether create-if-absent is what it says: of twenty parallel creators of one fresh object exactly one must win, and the
 * object must be the winner's. The commit protocol rests on it (MAN-1), and some S3 servers ignore `If-None-Match`. Throws `invalid`
 * (`conditional_writes_unsupported`). Leaves nothing behind.
 */
export async function checkConditionalWrites(store: ObjectStore, ids: Ids): Promise<{ winners: number }> {
  for (let round = 1; ; round++) {
    const winners = await race(store, `${FOLDER}/${ids.next()}`);
    if (winners === 1) return { winners };
    if (winners > 1 || round === ROUNDS)
      throw unsupported(
        `of ${CREATORS} parallel creators of one object ${winners} were told that they made it`,
        winners,
      );
  }
}

async function race(store: ObjectStore, key: string): Promise<number> {
  const bodies = Array.from({ length: CREATORS }, (_, i) => encodeUtf8(`creator ${i}`));
  try {
    const settled = await Promise.allSettled(bodies.map((body) => store.putIfAbsent(key, body)));
    const answers = settled.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
    const winners = answers.filter(Boolean).length;
    if (winners === 1) {
      const body = await store.get(key);
      if (!Buffer.from(body).equals(bodies[answers.indexOf(true)]!))
        throw unsupported('the object is not what its one creator wrote: a later one overwrote it', winners);
    }
    return winners;
  } finally {
    await store.deleteMany([key]);
  }
}

const unsupported = (what: string, winners: number): Error =>
  invalid(
    'conditional_writes_unsupported',
    `this store cannot hold an index: ${what}, so two commits could overwrite each other; use a store that ` +
      'honours "If-None-Match: *" (AWS S3, MinIO, Cloudflare R2, Ceph, a local folder)',
    { winners },
  );
