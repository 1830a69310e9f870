import fc from 'fast-check';
import { bytesSource } from '../bytes-source.ts';
import { openSegment } from '../reader/ranged-segment-reader.ts';
import { buildSegment } from '../testing/build-segment.ts';

describe('the ids of documents', () => {
  it('are those that their stored documents have, with and without superseded ones', async () => {
    const id = fc.oneof(fc.string({ minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 30 }).map(String));
    await fc.assert(
      fc.asyncProperty(
        fc
          .boolean()
          .chain((unique) =>
            unique
              ? fc.uniqueArray(id, { minLength: 1, maxLength: 300 })
              : fc.array(id, { minLength: 1, maxLength: 300 }),
          ),
        fc.array(fc.nat(299), { maxLength: 20 }),
        async (ids, picks) => {
          const { meta, bytes } = await buildSegment(
            ids.map((one) => ({ id: one, values: { k: ['x'] } })),
            { k: 'keyword' },
          );
          const reader = await openSegment(bytesSource(bytes), meta);
          const docs = picks.map((pick) => pick % ids.length);
          const wave = reader.wave();
          const ranks = wave.idRanks();
          const documents = wave.documents(docs);
          await wave.flush();
          const found = wave.ids(docs, ranks.value);
          await wave.flush();
          expect(found.value).toEqual(documents.value.map((document) => document.id));
        },
      ),
      { numRuns: 60 },
    );
  });
});
