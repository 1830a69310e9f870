import { inRange } from '../unit.ts';
import type { KeywordColumn } from './column.ts';
import { decodeOrdinals } from './numeric-column-reader.ts';
import { readValueCounts } from './value-counts.ts';

export function decodeKeywordColumn(body: Uint8Array, docCount: number, termCount: number): KeywordColumn {
  const { ordinals, rest } = decodeOrdinals(body);
  let highest = 0;
  for (let i = 0; i < ordinals.length; i++) if (ordinals[i]! > highest) highest = ordinals[i]!;
  inRange(highest, 0, termCount - 1, 'a column’s ordinal');
  return { docCount, starts: readValueCounts(rest, docCount, ordinals.length), ordinals, termCount };
}
