import fc from 'fast-check';
import { WordBatch, hashBytes, writeUtf8 } from '#libs/analysis';
import { MemoryLedger } from '../memory/memory-ledger.ts';
import { TermTable } from './term-table.ts';

/** @param hash undefined: their own */
function batchOf(words: readonly string[], hash?: number): WordBatch {
  const batch = new WordBatch();
  let at = 0;
  for (const [i, word] of words.entries()) {
    const end = writeUtf8(word, batch.bytes, at);
    batch.hashes[i] = hash ?? hashBytes(batch.bytes, at, end);
    batch.ends[i] = at = end;
  }
  batch.length = words.length;
  return batch;
}

const text = (table: TermTable, number: number): string => Buffer.from(table.term(number)).toString();

describe('the term table', () => {
  it('numbers terms as they come, as a Map does', () => {
    const word = fc.oneof(
      fc.nat(400).map(String),
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom('', 'x'.repeat(200), '\ud800', '\ufffd'),
    );
    const step = fc.oneof(
      fc.array(word, { maxLength: 60 }).map((words) => ({ words, batch: true })),
      fc.array(word, { maxLength: 5 }).map((words) => ({ words, batch: false })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const table = new TermTable(new MemoryLedger());
        const model = new Map<string, number>();
        for (const { words, batch } of steps) {
          const expected = words.map((given) => {
            const own = given.toWellFormed();
            if (!model.has(own)) model.set(own, model.size);
            return model.get(own);
          });
          const found = batch ? table.numbersOf(batchOf(words)) : words.map((given) => table.numberOf(given));
          expect([...found].slice(0, words.length)).toEqual(expected);
        }
        expect(Array.from({ length: table.size }, (_, number) => text(table, number))).toEqual([...model.keys()]);
      }),
    );
  });

  it('bears any number of terms with one hash, and counts what it holds', () => {
    const words = Array.from({ length: 3000 }, (_, i) => `collision ${i}`);
    const ledger = new MemoryLedger();
    const table = new TermTable(ledger);
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < words.length; at += 500) {
        const found = table.numbersOf(batchOf(words.slice(at, at + 500), 12345));
        expect([...found.subarray(0, 500)]).toEqual(Array.from({ length: 500 }, (_, i) => at + i));
      }
    }
    expect(table.size).toBe(words.length);
    expect(ledger.bytes).toBeGreaterThan(words.join('').length);
  });
});
