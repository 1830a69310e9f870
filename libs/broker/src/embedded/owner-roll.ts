import type { StatementSync } from 'node:sqlite';
import type { SqliteFile } from './sqlite-file.ts';

/**
 * Who consumes from this file, and who of them has died. Needs no clock that processes share: every owner raises its
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
    this.insert = file.prepare('INSERT INTO owner (name, beat) VALUES (?, 0) RETURNING id');
    this.all = file.prepare('SELECT id, beat FROM owner');
    this.remove = file.prepare('DELETE FROM owner WHERE id = ?');
  }

  /** Raises the beat. Enters the owner, with another id, when it is new or the others have struck it off. */
  renew(name: string): number {
    return (this.raise.get(name) ?? this.insert.get(name))!['id'] as number;
  }

  /** The beat of every owner by its id. */
  beats(): Map<number, number> {
    return new Map(this.all.all().map((row) => [row['id'] as number, row['beat'] as number]));
  }

  strike(id: number): void {
    this.remove.run(id);
  }
}

/** Counts for how many of my own beats each other owner's beat has stood still. */
export class BeatWatch {
  private readonly patienceBeats: number;
  private seen = new Map<number, { beat: number; stillFor: number }>();

  constructor(patienceBeats: number) {
    this.patienceBeats = patienceBeats;
  }

  /** To be called once per beat of mine; the owners that have died. */
  observe(beats: ReadonlyMap<number, number>, me: number): number[] {
    const next = new Map<number, { beat: number; stillFor: number }>();
    for (const [id, beat] of beats) {
      if (id === me) continue;
      const before = this.seen.get(id);
      next.set(id, before?.beat === beat ? { beat, stillFor: before.stillFor + 1 } : { beat, stillFor: 0 });
    }
    this.seen = next;
    return [...next].filter(([, { stillFor }]) => stillFor >= this.patienceBeats).map(([id]) => id);
  }
}
