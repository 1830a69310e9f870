import fc from 'fast-check';
import { EMPTY_IMPORT, mergeImportPartials, type ImportPartial } from './import-partial.ts';

const error = fc.record({
  file: fc.nat(3),
  name: fc.constant('f'),
  from: fc.nat(3),
  line: fc.nat(5),
  item: fc.constant(0),
  code: fc.constantFrom('a', 'b'),
  detail: fc.string({ maxLength: 2 }),
});
const partial: fc.Arbitrary<ImportPartial> = fc.record({
  segments: fc.array(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      key: fc.constant('k'),
      meta: fc.constant(null as never),
      task: fc.nat(4),
      jobAttempt: fc.constant(1),
    }),
    { maxLength: 3 },
  ),
  failed: fc.nat(10),
  errors: fc
    .array(error, { maxLength: 5 })
    .map((errors) => mergeImportPartials({ ...EMPTY_IMPORT, errors }, EMPTY_IMPORT).errors),
  parts: fc.uniqueArray(fc.record({ file: fc.nat(3), from: fc.nat(9), lines: fc.nat(9), records: fc.nat(9) }), {
    maxLength: 2,
    selector: (part) => part.file * 10 + part.from,
  }),
  tasks: fc.nat(3),
  failedTasks: fc.nat(3),
});

describe('mergeImportPartials', () => {
  const counts = ({ parts, ...rest }: ImportPartial): unknown => ({ ...rest, parts: parts.length });

  it('is associative and has an identity', () => {
    fc.assert(
      fc.property(partial, partial, partial, (a, b, c) => {
        const left = mergeImportPartials(mergeImportPartials(a, b), c);
        const right = mergeImportPartials(a, mergeImportPartials(b, c));
        expect(left).toEqual(right);
        expect(counts(mergeImportPartials(EMPTY_IMPORT, left))).toEqual(counts(left));
      }),
    );
  });

  it('is commutative in everything that is counted or reported', () => {
    fc.assert(
      fc.property(partial, partial, (a, b) => {
        expect(mergeImportPartials(a, b).errors).toEqual(mergeImportPartials(b, a).errors);
        expect(mergeImportPartials(a, b).failed).toEqual(mergeImportPartials(b, a).failed);
      }),
    );
  });
});
