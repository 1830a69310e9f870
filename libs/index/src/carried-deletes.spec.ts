import fc from 'fast-check';
import type { DeletedDocs } from '#libs/segment';
import { carriedDeletes } from './carried-deletes.ts';
import { docBitsOf, markDeleted } from './doc-bits.ts';

const deletesOf = (docCount: number, docs: readonly number[]): DeletedDocs | undefined => {
  const bits = docBitsOf(docCount, docs);
  return bits && markDeleted(undefined, docCount, bits).deleted;
};
const input = fc
  .array(fc.constantFrom('live', 'dead', 'dies'), { minLength: 1, maxLength: 100 })
  .map((docs) => ({ docs, kept: docs.filter((doc) => doc !== 'dead') }));

it('carries what died since over to the outputs, wherever they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(input, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(99), { maxLength: 4 }),
      (all, cuts) => {
        const kept = all.flatMap((each) => each.kept);
        fc.pre(kept.length > 0);
        const bounds = [0, ...new Set(cuts.map((cut) => cut % kept.length)), kept.length].toSorted((a, b) => a - b);
        const outputs = bounds.slice(1).map((end, i) => kept.slice(bounds[i], end));
        const sized = outputs.filter(({ length }) => length > 0);
        const placesOf = (docs: readonly string[], what: string[]): number[] =>
          [...docs.keys()].filter((doc) => what.includes(docs[doc]!));
        const carried = carriedDeletes(
          all.map(({ docs }) => ({
            docCount: docs.length,
            before: deletesOf(docs.length, placesOf(docs, ['dead'])),
            after: deletesOf(docs.length, placesOf(docs, ['dead', 'dies'])),
          })),
          sized.map(({ length }) => length),
        );
        expect(carried).toEqual(sized.map((docs) => docBitsOf(docs.length, placesOf(docs, ['dies']))));
      },
    ),
  );
});

it('does not guess when documents were lost or doubled', () => {
  expect(carriedDeletes([{ docCount: 3, before: deletesOf(3, [1]), after: deletesOf(3, [1]) }], [3])).toBeUndefined();
});
