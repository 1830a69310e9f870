import fc from 'fast-check';
import { MemoryObjectStore } from '#libs/object-store';
import { catalogOn, liveDocuments, LOGS, newest, writeSegment } from './commit-fixture.ts';

/** Many commits on a busy machine; a second or two on an idle one. */
const MANY_MS = 60_000;

const id = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map((n) => `id${n}`),
  // Where UTF-16 order and code point order differ.
  fc.constantFrom('', 'a', '\u{1f600}', '\ufffd', 'ü', '\ue000x', '\u{10ffff}').map((text) => `u${text}`),
);
const step = fc.record({
  segments: fc.array(fc.array(id, { minLength: 1, maxLength: 25 }), { maxLength: 3 }),
  deleteIds: fc.array(id, { maxLength: 8 }),
  /** Which of two processes commits, and whether the message comes twice. */
  process: fc.integer({ min: 0, max: 1 }),
  twice: fc.boolean(),
});

describe('any sequence of upserts and deletes', () => {
  it(
    'leaves what a Map would hold, counts right, and keeps every version readable',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          const store = new MemoryObjectStore();
          const processes = [catalogOn(store), catalogOn(store)];
          await processes[0]!.create(LOGS, {});
          const model = new Map<string, number>();
          const history: { version: number; live: Map<string, number> }[] = [];
          let value = 0;
          for (const [number, { segments, deleteIds, process, twice }] of steps.entries()) {
            const catalog = processes[process]!;
            const before = new Set(model.keys());
            const counts = { indexed: 0, updated: 0, deleted: 0 };
            for (const deleted of deleteIds) if (model.delete(deleted)) counts.deleted++;
            const written = [];
            for (const ids of segments) {
              const docs = ids.map((each) => ({ id: each, value: ++value }));
              written.push(await writeSegment(store, catalog, docs));
              for (const doc of docs) model.set(doc.id, doc.value);
            }
            const added = new Set(segments.flat());
            counts.indexed = added.size;
            counts.updated = [...added].filter((each) => before.has(each) && !deleteIds.includes(each)).length;

            const change = { job: `job${number}`, segments: written, deleteIds };
            for (const each of twice ? [catalog, processes[1 - process]!] : [catalog]) {
              expect(await each.commit(LOGS, change)).toMatchObject(counts);
            }
            history.push({ version: number + 2, live: new Map(model) });
          }
          expect((await newest(processes[0]!)).version).toBe(steps.length + 1);
          for (const { version, live } of history) {
            const manifest = await processes[1]!.version(LOGS, version);
            expect(await liveDocuments(processes[1]!, manifest)).toEqual(live);
          }
        }),
        { numRuns: 40 },
      );
    },
    MANY_MS,
  );
});
