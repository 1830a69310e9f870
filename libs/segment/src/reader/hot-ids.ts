import { keepHot, touchHot, type HotEntry } from './hot-memory.ts';

/** Ids are counted by so many: the bound need not be told of each. */
const STEP = 256;
/** Beyond, all are forgotten: those that matter come again. */
const MAX_IDS = 16 * STEP;
/** Of an id with its place in the map. */
const ID_BYTES = 120;

/**
 * The `_id`s of one segment's documents that were hits: the same ones come again, and each costs a look into a block of its
 * own else. Bounded together with the parsed units (`limitHotUnits`).
 */
export class HotIds implements HotEntry {
  private readonly texts = new Map<number, string>();
  bytes = 0;

  /** Undefined unless all are known. */
  get(docs: ArrayLike<number>): string[] | undefined {
    const found: string[] = [];
    for (let i = 0; i < docs.length; i++) {
      const text = this.texts.get(docs[i]!);
      if (text === undefined) return undefined;
      found.push(text);
    }
    touchHot(this);
    return found;
  }

  put(docs: ArrayLike<number>, ids: readonly string[]): void {
    if (this.texts.size + ids.length > MAX_IDS) this.texts.clear();
    if (ids.length > MAX_IDS) return;
    for (let i = 0; i < ids.length; i++) this.texts.set(docs[i]!, ids[i]!);
    const bytes = ID_BYTES * STEP * Math.ceil(this.texts.size / STEP);
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    if (!keepHot(this)) this.drop();
  }

  drop(): void {
    this.texts.clear();
    this.bytes = 0;
  }
}
