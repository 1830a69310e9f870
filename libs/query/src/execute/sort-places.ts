import type { ReadWave } from '#libs/segment';
import type { SegmentState } from './segment-state.ts';
import type { SortPlan } from './sort-plan.ts';

/** Where places are kept: the state of a segment, or of its aggregations. */
type Places = Pick<SegmentState, 'segment' | 'data' | 'places'>;

/** Asks where the keywords that the sort names itself (in searchAfter, and for missing values) stand in the segment. */
export function askPlaces(wave: ReadWave, state: Places, { after, keys }: SortPlan): void {
  for (const [at, { field, spec, missingAs }] of keys.entries()) {
    if (spec?.type !== 'keyword') continue;
    for (const value of [after?.values[at], missingAs]) {
      if (value === undefined || value === null) continue;
      askPlace(wave, state, field, String(value));
    }
  }
}

export function askPlace(wave: ReadWave, { segment, places }: Places, field: string, term: string): void {
  if (segment.reader.field(field)?.type !== 'keyword') return;
  places.set(placeKey(field, term), wave.terms(field, { from: term }, 1));
}

/** Where a term stands among a keyword field's ordinals: its own ordinal, or between two. */
export function placeOf({ data, places }: Places, field: string, term: string): number {
  const next = places.get(placeKey(field, term))?.value.terms[0];
  if (!next) return (data.reader.field(field)?.termCount ?? 0) - 0.5;
  return next.term === term ? next.ordinal : next.ordinal - 0.5;
}

const placeKey = (field: string, term: string): string => `${field}\0${term}`;
