import type { Clause } from '../compile/compiled-query.ts';
import type { SegmentData } from './segment-data.ts';

const NONE: Clause = { kind: 'none' };

/**
 * How many documents that are not deleted match, where the footer and the dictionaries tell and no document need be looked
 * at; undefined: they do not.
 */
export function toldCount(clause: Clause, data: SegmentData): number | undefined {
  const deleted = data.segment.deleted?.deletedCount ?? 0;
  switch (clause.kind) {
    case 'none':
      return 0;
    case 'all':
      return data.docCount - deleted;
    case 'term':
      return deleted > 0 ? undefined : (data.term(clause.field, clause.term)?.docFreq ?? 0);
    case 'exists':
      return deleted > 0 ? undefined : (data.reader.field(clause.field)?.docCount ?? 0);
    case 'bool': {
      const { must, filter, should, mustNot } = clause;
      const [excluded = NONE, ...others] = mustNot;
      const isRest = filter.every(({ kind }) => kind === 'all') && must.length + should.length + others.length === 0;
      const without = isRest ? toldCount(excluded, data) : undefined;
      return without === undefined ? undefined : data.docCount - deleted - without;
    }
    default:
      return undefined;
  }
}

/** Whether `toldCount` will know, before the dictionaries are read. */
export function isTold(clause: Clause, data: SegmentData): boolean {
  if (clause.kind === 'bool') return toldCount(clause, data) !== undefined;
  const always = clause.kind === 'none' || clause.kind === 'all';
  return always || (!data.segment.deleted?.deletedCount && (clause.kind === 'term' || clause.kind === 'exists'));
}
