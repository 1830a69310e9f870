import pLimit from 'p-limit';
import { corrupt, encodeUtf8, kindOf, QuarryError, type Random } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';

/** What a record was from this revision on. */
export type Revision<T> =
  | { readonly revision: number; readonly deleted: false; readonly value: T }
  /** The tombstone of a deleted record: it stays, so that numbers only ever rise. */
  | { readonly revision: number; readonly deleted: true };

export type Change<T> = { readonly value: T } | { readonly deleted: true };

export interface RevisionLogParts<T> {
  readonly store: ObjectStore;
  /** Of all its keys; ends with `/`. */
  readonly prefix: string;
  readonly random: Random;
  /** Checks what was stored; what it throws is `corrupt`. */
  readonly parse?: ((json: unknown) => T) | undefined;
}

/** So many of a record's revisions are kept, the newest included. */
export const KEPT_REVISIONS = 8;
const DIGITS = 8;
/** Bodies read at once by a listing. */
const CONCURRENCY = 16;
/** A body that is gone although it was listed was removed because newer ones came: look again, so often. */
const LOOKS = 8;

/**
 * The revisions of records as objects, `<prefix><id>/<revision>.json`, each created once with put-if-absent; the highest
 * is the record.
 *
 * REG-1: the highest number of a record never falls, and what stands at it never changes.
 * REG-2: a writer that is told it won, won. Old revisions are removed, and a writer that was asleep since before could
 * create a removed number anew. Readers take no notice of it, for the highest is elsewhere; but the writer has to be told.
 * A number is removed only once the highest is KEPT_REVISIONS above it, so whoever has created one and then sees the
 * highest nearer than that knows that it never existed before. Else it cannot know, and is told `conflict`
 * (`record_outrun`). No clock is involved.
 */
export class RevisionLog<T> {
  private readonly parts: RevisionLogParts<T>;

  constructor(parts: RevisionLogParts<T>) {
    this.parts = parts;
  }

  /** Two requests; one when `known` is still the newest, or there is nothing. */
  async newest(id: string, known?: Revision<T>): Promise<Revision<T> | undefined> {
    for (let look = 0; look < LOOKS; look++) {
      const highest = Math.max(0, ...(await this.numbersOf(id)));
      if (highest === 0) return undefined;
      if (known?.revision === highest) return known;
      const found = await this.read(id, highest);
      if (found) return found.revision;
    }
    throw outrun(id);
  }

  /** Of every record; one listing, and a read for each that `known` does not have. */
  async newestOfAll(known: (id: string) => Revision<T> | undefined): Promise<Map<string, Revision<T>>> {
    const { store, prefix } = this.parts;
    const highest = new Map<string, number>();
    for await (const { key } of store.list(prefix)) {
      const found = /^([\w-]{1,128})\/(\d{8})\.json$/.exec(key.slice(prefix.length));
      if (found) highest.set(found[1]!, Number(found[2]));
    }
    const limit = pLimit(CONCURRENCY);
    const load = async (id: string, revision: number): Promise<[string, Revision<T>] | undefined> => {
      const before = known(id);
      if (before?.revision === revision) return [id, before];
      const newest = (await this.read(id, revision))?.revision ?? (await this.newest(id));
      return newest && [id, newest];
    };
    const loads = await Promise.all([...highest].map(([id, revision]) => limit(load, id, revision)));
    return new Map(loads.filter((pair) => pair !== undefined));
  }

  /**
   * Makes the revision that follows `base`: it, or undefined when somebody else made it. Three requests, or four when there is something
   * to remove.
   */
  async append(id: string, base: number, change: Change<T>): Promise<Revision<T> | undefined> {
    const revision = base + 1;
    const write = Buffer.from(this.parts.random.bytes(12)).toString('base64url');
    const body = encodeUtf8(JSON.stringify({ write, ...change }));
    if (!(await this.parts.store.putIfAbsent(this.keyOf(id, revision), body))) {
      // A retried request whose first answer was lost is answered false although it created.
      const found = await this.read(id, revision);
      if (!found) throw outrun(id);
      if (found.write !== write) return undefined;
    }
    const numbers = await this.numbersOf(id);
    const highest = Math.max(revision, ...numbers);
    await this.remove(
      id,
      numbers.filter((number) => number <= highest - KEPT_REVISIONS),
    );
    if (revision <= highest - KEPT_REVISIONS) throw outrun(id);
    return 'value' in change ? { revision, deleted: false, value: change.value } : { revision, deleted: true };
  }

  private async remove(id: string, numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return;
    try {
      await this.parts.store.deleteMany(numbers.map((number) => this.keyOf(id, number)));
    } catch {
      // The change is made, and must not be reported as failed; the next one removes them.
    }
  }

  private async numbersOf(id: string): Promise<number[]> {
    const folder = `${this.parts.prefix}${id}/`;
    const numbers: number[] = [];
    for await (const { key } of this.parts.store.list(folder)) {
      const found = /^(\d{8})\.json$/.exec(key.slice(folder.length));
      if (found) numbers.push(Number(found[1]));
    }
    return numbers;
  }

  private async read(id: string, revision: number): Promise<{ revision: Revision<T>; write: string } | undefined> {
    const key = this.keyOf(id, revision);
    let body: Uint8Array;
    try {
      body = await this.parts.store.get(key);
    } catch (error) {
      if (kindOf(error) === 'not-found') return undefined;
      throw error;
    }
    return { ...this.decode(key, revision, body) };
  }

  private decode(key: string, revision: number, body: Uint8Array): { revision: Revision<T>; write: string } {
    try {
      const json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Stored;
      if (typeof json.write !== 'string') throw new Error('it has no "write"');
      if (json.deleted === true) return { write: json.write, revision: { revision, deleted: true } };
      if (json.value === undefined) throw new Error('it has no "value"');
      const value = this.parts.parse ? this.parts.parse(json.value) : (json.value as T);
      return { write: json.write, revision: { revision, deleted: false, value } };
    } catch (error) {
      throw corrupt(`the record at "${key}" is damaged: ${(error as Error).message}`, { key });
    }
  }

  private keyOf(id: string, revision: number): string {
    return `${this.parts.prefix}${id}/${String(revision).padStart(DIGITS, '0')}.json`;
  }
}

/** A revision's object. */
interface Stored {
  /** Random: tells one writer's object from another's with the same content. */
  readonly write?: unknown;
  readonly deleted?: unknown;
  readonly value?: unknown;
}

const outrun = (id: string): QuarryError =>
  new QuarryError('conflict', `the record "${id}" was changed many times meanwhile; read it and try again`, {
    code: 'record_outrun',
    details: { id },
  });
