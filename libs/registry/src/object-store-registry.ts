import { LRUCache } from 'lru-cache';
import {
  assert,
  compareCodePoints,
  invalid,
  QuarryError,
  SingleFlight,
  systemRandom,
  type Clock,
  type Random,
} from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { Entry, Registry } from './registry.ts';
import { RevisionLog, type Change, type Revision } from './revision-log.ts';

export interface ObjectStoreRegistryOptions<T> {
  /** Not cached: records change. */
  readonly store: ObjectStore;
  /** Where the records lie, such as `_identity/keys/`: ends with `/`. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Checks a stored value and gives it its type; what it throws is `corrupt`. Default: trusted as it is. */
  readonly parse?: (json: unknown) => T;
  readonly random?: Random;
}

/** What `get` and `list` may be behind when their caller does not say. */
export const MAX_STALE_MS = 10_000;
/** Records (and absences, which strangers can ask for at will) that are remembered. */
const REMEMBERED = 10_000;
/** Each try that is lost was somebody else's success; so many in a row mean that a record is used as what it is not for. */
const TRIES = 32;

interface Known<T> {
  /** Monotonic ms: when the request that found it began. */
  readonly at: number;
  /** Undefined: there is none. */
  readonly newest?: Revision<T> | undefined;
}

/**
 * A Registry in a bucket: see RevisionLog for how changes are kept apart. A `get` costs two requests, one when nothing
 * has changed, none within `maxStaleMs`; a change five. What is remembered is only ever a shortcut: a process sees its own
 * changes at once, others' within `maxStaleMs`. Values handed out are shared: do not write to them.
 */
export class ObjectStoreRegistry<T> implements Registry<T> {
  private readonly log: RevisionLog<T>;
  private readonly clock: Clock;
  private readonly known = new LRUCache<string, Known<T>>({ max: REMEMBERED });
  private readonly reads = new SingleFlight<string, Revision<T> | undefined>();
  private readonly listings = new SingleFlight<number, Entry<T>[]>();
  private listed: { at: number; entries: Entry<T>[] } | undefined;
  /** Changes made here: a listing that began before one is not what `list` may answer after it. */
  private changes = 0;

  constructor(options: ObjectStoreRegistryOptions<T>) {
    const { store, prefix, clock, parse, random = systemRandom } = options;
    assert(/^([\w-][\w.-]*\/)+$/.test(prefix), `a registry's prefix is a folder, not ${JSON.stringify(prefix)}`);
    this.log = new RevisionLog<T>({ store, prefix, random, parse });
    this.clock = clock;
  }

  async create(id: string, value: T): Promise<Entry<T>> {
    const made = await this.change(id, (newest) => {
      if (newest && !newest.deleted)
        throw new QuarryError('conflict', `there is a record "${id}" already`, {
          code: 'already_exists',
          details: { id },
        });
      return { value };
    });
    return entryOf(id, made)!;
  }

  async get(id: string, maxStaleMs = MAX_STALE_MS): Promise<Entry<T> | undefined> {
    checkId(id);
    const known = this.known.get(id);
    if (known && this.clock.monotonic() - known.at < maxStaleMs) return entryOf(id, known.newest);
    // Whoever wants it as of now may not be given what an earlier request finds.
    return entryOf(id, await (maxStaleMs > 0 ? this.reads.run(id, () => this.read(id)) : this.read(id)));
  }

  async list(maxStaleMs = MAX_STALE_MS): Promise<Entry<T>[]> {
    const { listed } = this;
    if (listed && this.clock.monotonic() - listed.at < maxStaleMs) return [...listed.entries];
    const entries = await (maxStaleMs > 0 ? this.listings.run(this.changes, () => this.readAll()) : this.readAll());
    return [...entries];
  }

  async update(id: string, change: (value: T) => T): Promise<Entry<T> | undefined> {
    const newest = await this.change(id, (now) => {
      if (!now || now.deleted) return undefined;
      const value = change(now.value);
      return value === now.value ? undefined : { value };
    });
    return entryOf(id, newest);
  }

  async delete(id: string): Promise<boolean> {
    let existed = false;
    await this.change(id, (newest) => {
      existed = newest !== undefined && !newest.deleted;
      return existed ? { deleted: true } : undefined;
    });
    return existed;
  }

  /** Applies what `decide` makes of the newest revision, until nobody was faster; undefined changes nothing. */
  private async change(
    id: string,
    decide: (newest: Revision<T> | undefined) => Change<T> | undefined,
  ): Promise<Revision<T> | undefined> {
    checkId(id);
    for (let tries = 0; tries < TRIES; tries++) {
      const newest = await this.read(id);
      const change = decide(newest);
      if (!change) return newest;
      const at = this.clock.monotonic();
      const made = await this.log.append(id, newest?.revision ?? 0, change).finally(() => this.forgetListing());
      if (!made) continue;
      this.remember(id, at, made);
      return made;
    }
    throw new QuarryError('conflict', `the record "${id}" is changed by others all the time; try again`, {
      code: 'record_contended',
      details: { id },
    });
  }

  private async read(id: string): Promise<Revision<T> | undefined> {
    const at = this.clock.monotonic();
    return this.remember(id, at, await this.log.newest(id, this.known.get(id)?.newest));
  }

  private async readAll(): Promise<Entry<T>[]> {
    const at = this.clock.monotonic();
    const { changes } = this;
    const found = await this.log.newestOfAll((id) => this.known.peek(id)?.newest);
    const entries = [...found]
      .flatMap(([id, newest]) => entryOf(id, this.remember(id, at, newest)) ?? [])
      .toSorted((a, b) => compareCodePoints(a.id, b.id));
    if (changes === this.changes && at >= (this.listed?.at ?? 0)) this.listed = { at, entries };
    return entries;
  }

  /** The newer of what was found and what is known: requests overtake each other, and a record does not go backwards. */
  private remember(id: string, at: number, found: Revision<T> | undefined): Revision<T> | undefined {
    const known = this.known.peek(id);
    if (known?.newest && known.newest.revision > (found?.revision ?? 0)) return known.newest;
    if (!known || known.at < at || known.newest !== found) this.known.set(id, { at, newest: found });
    return found;
  }

  private forgetListing(): void {
    this.changes++;
    this.listed = undefined;
  }
}

function entryOf<T>(id: string, newest: Revision<T> | undefined): Entry<T> | undefined {
  return newest && !newest.deleted ? { id, value: newest.value, revision: newest.revision } : undefined;
}

function checkId(id: string): void {
  if (typeof id === 'string' && /^[\w-]{1,128}$/.test(id)) return;
  const given: unknown = id;
  const shown = JSON.stringify(String(given).slice(0, 150));
  throw invalid('bad_record_id', `${shown} is not an id: use 1 to 128 of A-Z, a-z, 0-9, "_" and "-"`);
}
