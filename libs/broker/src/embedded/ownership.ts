import type { MessageTable } from './message-table.ts';
import { BeatWatch, OwnerRoll } from './owner-roll.ts';
import type { SqliteFile } from '#libs/sqlite';

export interface OwnershipOptions {
  /** Unique: names this process, as long as it lives. */
  readonly name: string;
  readonly patienceBeats: number;
  /** The others have given this process up: all its claims are gone. */
  readonly onLost: () => void;
}

/**
 * This process as an owner of claims: `absent` (no row), `present` (a row, beaten regularly). When the others struck
 * the row off, the next transaction enters a new one: claims are never made in the name of a struck owner, where
 * nobody would look for them.
 */
export class Ownership {
  private readonly file: SqliteFile;
  private readonly table: MessageTable;
  private readonly roll: OwnerRoll;
  private readonly watch: BeatWatch;
  private readonly options: OwnershipOptions;
  private owner: number | undefined;

  constructor(file: SqliteFile, table: MessageTable, options: OwnershipOptions) {
    this.file = file;
    this.table = table;
    this.roll = new OwnerRoll(file);
    this.watch = new BeatWatch(options.patienceBeats);
    this.options = options;
  }

  /** Enters the roll, and takes at once what processes that are gone have left: a restart need not wait for them. */
  async ensure(): Promise<void> {
    if (this.owner === undefined) await this.beat();
  }

  /** A write in the name of this process, which is also a sign of life. */
  async write<T>(work: (owner: number) => T): Promise<T> {
    const [owner, value] = await this.file.write('process-death', () => {
      const entered = this.roll.renew(this.options.name);
      return [entered, work(entered)] as const;
    });
    // Before anybody starts on what was claimed under the new id.
    if (this.owner !== undefined && this.owner !== owner) this.options.onLost();
    this.owner = owner;
    return value;
  }

  /**
   * The regular sign of life; takes the claims of the dead. Resolves with how many messages it freed.
   * @param clockWentBackTo now, ms since 1970, when the wall clock has jumped back since the last beat
   */
  beat(clockWentBackTo?: number): Promise<number> {
    let observed = false;
    let dead: number[] = [];
    return this.write((owner) => {
      if (clockWentBackTo !== undefined) this.table.restartDelaysFromFuture(clockWentBackTo);
      // Counted once, even when the transaction has to be run again.
      if (!observed) dead = this.watch.observe(this.roll.signs(), owner);
      observed = true;
      let freed = 0;
      for (const id of dead) {
        freed += this.table.release(id);
        this.roll.strike(id);
      }
      return freed;
    });
  }

  /** Frees what is still claimed and leaves the roll. */
  async resign(): Promise<void> {
    const { owner } = this;
    if (owner === undefined) return;
    this.owner = undefined;
    await this.file.write('process-death', () => {
      this.table.release(owner);
      this.roll.strike(owner);
    });
  }
}
