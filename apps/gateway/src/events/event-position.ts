import { createHash } from 'node:crypto';

/**
 * What a reader has seen, and the `id` of every event: `<attempt>.<merged>.<summary>` while the job runs, `<attempt>.end` once
 * it has ended. It speaks of the job's state, not of a place in a log, so any gateway can go on from it and nothing is kept
 * for readers that are away.
 */
export type Position = RunningPosition | EndPosition;

export interface RunningPosition {
  readonly attempt: number;
  /** Tasks whose partials were in the latest `partial`; partials are only added, so the number names the set (JOB-2). */
  readonly merged: number;
  /** Digest of the latest `progress`. */
  readonly summary: string;
}

export interface EndPosition {
  readonly attempt: number;
  readonly end: true;
}

const FORM = /^(\d{1,9})\.(?:(end)|(\d{1,9})\.([\w-]{0,16}))$/;

export function positionText(position: Position): string {
  return 'end' in position ? `${position.attempt}.end` : `${position.attempt}.${position.merged}.${position.summary}`;
}

/** Undefined for what is no position: then the reader has seen nothing. */
export function parsePosition(text: string | undefined): Position | undefined {
  const found = text === undefined ? null : FORM.exec(text);
  if (!found) return undefined;
  const attempt = Number(found[1]);
  return found[2] ? { attempt, end: true } : { attempt, merged: Number(found[3]), summary: found[4]! };
}

/** Short: a collision costs one progress event, until the next change. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 8);
