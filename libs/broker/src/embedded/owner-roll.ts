import type { StatementSync } from 'node:sqlite';
import { isProcessGone, processIdentity } from '#libs/kernel';
import type { SqliteFile } from '#libs/sqlite';

export interface OwnerSign {
  readonly beat: number;
  /** See kernel's processIdentity. */
  readonly process: string | undefined;
}

/**
 * Who consumes from this file, and who of them has died. A process that is seen to be gone is dead at once; of one that
 * cannot be seen (another container) the beat tells. Needs no clock that processes share: every owner raises its
 * beat at a steady pace, and an owner whose beat does not change during `patienceBeats` of my own has died (or hangs,
 * which is treated the same). Call all methods within a transaction.
 */
export class OwnerRoll {
  private readonly raise: StatementSync;
  private readonly insert: StatementSync;
  private readonly all: StatementSync;
  private readonly remove: StatementSync;

  constructor(file: SqliteFile) {
    this.raise = file.prepare('UPDATE owner SET beat = beat + 1 WHERE name = ? RETURNING id');
    this.insert = file.prepare('INSERT INTO owner (name, beat, process) VALUES (?, 0, ?) RETURNING id');
    this.all = file.prepare('SELECT id, beat, process FROM owner');
    this.remove = file.prepare('DELETE FROM owner WHERE id = ?');
  }

  /** Raises the beat. Enters the owner, with another id, when it is new or the others have struck it off. */
  renew(name: string): number {
    return (this.raise.get(name) ?? this.insert.get(name, processIdentity() ?? null))!['id'] as number;
  }

  /** The last sign of life of every owner by its id. */
  signs(): Map<number, OwnerSign> {
    return new Map(
      this.all
        .all()
        .map((row) => [
          row['id'] as number,
          { beat: row['beat'] as number, process: (row['process'] as string | null) ?? undefined },
        ]),
    );
  }

  strike(id: number): void {
    this.remove.run(id);
  }
}

/** Tells the dead: whose process is gone, or whose beat has stood still for too many of my own. */
export class BeatWatch {
  private readonly patienceBeats: number;
  private seen = new Map<number, { beat: number; stillFor: number }>();

  constructor(patienceBeats: number) {
    this.patienceBeats = patienceBeats;
  }

  /** To be called once per beat of mine; the owners that have died. */
  observe(signs: ReadonlyMap<number, OwnerSign>, me: number): number[] {
    const next = new Map<number, { beat: number; stillFor: number }>();
    const gone: number[] = [];
    for (const [id, { beat, process }] of signs) {
      if (id === me) continue;
      if (process !== undefined && isProcessGone(process)) {
        gone.push(id);
        continue;
      }
      const before = this.seen.get(id);
      next.set(id, before?.beat === beat ? { beat, stillFor: before.stillFor + 1 } : { beat, stillFor: 0 });
    }
    this.seen = next;
    const silent = [...next].filter(([, { stillFor }]) => stillFor >= this.patienceBeats).map(([id]) => id);
    return [...gone, ...silent];
  }
}
