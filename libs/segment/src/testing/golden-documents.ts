import { seededRandom } from '#libs/kernel';
import type { FieldType } from '../field-spec.ts';
import type { TestDocument } from './build-segment.ts';

export const goldenTypes = {
  text: 'text',
  tag: 'keyword',
  size: 'long',
  price: 'double',
  open: 'boolean',
  when: 'date',
} as const satisfies Record<string, FieldType>;

/** Enough for full blocks of postings and positions beside short lists, and for a dictionary of stored documents. */
export function goldenDocuments(): TestDocument[] {
  const random = seededRandom(20);
  const filler = Array.from({ length: 40 }, (_, i) => `sentence ${i} of a source that repeats itself`).join('; ');
  return Array.from({ length: 300 }, (_, i) => {
    const words = Array.from(
      { length: Math.floor(random.next() * 8) },
      () => `w${Math.floor(random.next() ** 3 * 400)}`,
    );
    const many = Array.from({ length: i % 50 === 0 ? 60 : 0 }, () => 'many');
    return {
      id: `id-${(i * 37) % 290}`,
      source: JSON.stringify({ i, filler: filler.slice(i % 100) }),
      values: {
        text: i % 10 === 9 ? [] : [['common', ...words, ...many].join(' '), ...(i % 7 === 0 ? ['second value'] : [])],
        tag: i % 2 === 0 ? [`tag-${i % 24}`, 'even'] : [],
        size: i % 5 === 0 ? [i * 1000, -i - 1] : [i],
        price: [i / 3],
        open: [i % 2],
        ...(i < 5 && { when: [1_700_000_000_000 + i * 60_000] }),
      },
    };
  });
}
