import { asQuarryError, encodeUtf8, type Clock, type Ids } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { failed, ok, warning, type Finding } from './finding.ts';

export interface StoreParts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** As many as the smallest store that ignores the condition lets through at once. */
const CREATORS = 16;
const SKEW_WARNING_MS = 5_000;
/** AWS refuses requests that are 15 minutes off; leases and retention suffer long before. */
const SKEW_LIMIT_MS = 5 * 60_000;

/** Writes, reads, lists and deletes an object of its own, and compares the clocks on the way. */
export async function checkStore({ store, clock, ids }: StoreParts): Promise<Finding[]> {
  const key = `doctor-probe/${ids.next()}`;
  const body = encodeUtf8(key);
  try {
    const started = clock.monotonic();
    await store.put(key, body);
    const now = clock.now();
    const elapsed = clock.monotonic() - started;
    const found = await store.head(key);
    const read = await store.get(key);
    await store.deleteMany([key]);
    if (found === undefined || !sameBytes(read, body)) {
      return [
        failed('store', 'an object just written cannot be read back', 'use a store with read-after-write consistency'),
      ];
    }
    return [
      ok('store', `writes, reads and deletes (a write took ${Math.round(elapsed)} ms)`),
      skew(found.modifiedAt - now),
    ];
  } catch (error) {
    return [failedStore('store', error)];
  }
}

function skew(differenceMs: number): Finding {
  const off = Math.abs(differenceMs);
  const text = `the store’s clock is ${(off / 1000).toFixed(1)} s ${differenceMs < 0 ? 'behind' : 'ahead'}`;
  // S3 tells whole seconds.
  if (off < SKEW_WARNING_MS) return ok('clock', 'agrees with the store’s');
  const advice = 'synchronise this machine’s clock (timedatectl set-ntp true)';
  return off < SKEW_LIMIT_MS ? warning('clock', text, advice) : failed('clock', text, advice);
}

/** MAN-1 rests on it: of parallel create-if-absent writes of one object exactly one wins, and its body is what stays. */
export async function checkConditionalWrites({ store, ids }: StoreParts): Promise<Finding> {
  const check = 'conditional writes';
  const key = `doctor-probe/${ids.next()}`;
  const bodies = Array.from({ length: CREATORS }, (_, i) => encodeUtf8(`creator ${i}`));
  try {
    const created = await Promise.all(bodies.map((body) => store.putIfAbsent(key, body)));
    const late = await store.putIfAbsent(key, encodeUtf8('too late'));
    const stays = await store.get(key);
    await store.deleteMany([key]);
    const winners = bodies.filter((_, i) => created[i]);
    if (winners.length > 1 || late) {
      return failed(
        check,
        `${winners.length + Number(late)} of ${CREATORS + 1} creators of one object won: the store ignores If-None-Match, and commits would be lost`,
        'use a store that honours it: AWS S3, MinIO, Cloudflare R2, Ceph RGW',
      );
    }
    // None: the winner's answer was lost and its retry was told that the object exists.
    if (winners.length === 1 && !sameBytes(stays, winners[0]!)) {
      return failed(check, 'the body that stays is not the winner’s', 'use a store that honours If-None-Match');
    }
    return ok(check, `of ${CREATORS} parallel creators one won`);
  } catch (error) {
    return failedStore(check, error);
  }
}

const ADVICE: Record<string, string> = {
  access_denied:
    'check the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or a profile), and that they may read, write, list and delete here',
  disk_full: 'make room, or set QUARRY_STORE to another place',
  store_unavailable: 'check QUARRY_STORE and QUARRY_S3_ENDPOINT, and that the server runs and can be reached from here',
};

function failedStore(check: string, error: unknown): Finding {
  const { code, message } = asQuarryError(error);
  return failed(check, `${message} (${code})`, ADVICE[code] ?? 'check QUARRY_STORE and the QUARRY_S3_* settings');
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
