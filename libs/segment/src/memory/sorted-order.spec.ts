import fc from 'fast-check';
import { Yielder, compareCodePoints, systemClock } from '#libs/kernel';
import { type NumberedBytes, sortedOrder } from './sorted-order.ts';

const numbered = (texts: readonly string[]): NumberedBytes => ({
  size: texts.length,
  term: (number) => Buffer.from(texts[number]!),
});

describe('sorted order', () => {
  it('is code point order, and stable', async () => {
    const text = fc.oneof(
      fc.constantFrom(
        '',
        'a',
        'a\0',
        'é',
        '\ue000',
        '\uffff',
        '😀',
        '😀a',
        'abcdef',
        'abcdefg',
        'abcdeé',
        'abcdé',
        '漢字',
      ),
      fc.string({ unit: 'binary', maxLength: 9 }).map((made) => made.toWellFormed()),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 60 }), async (texts) => {
        const order = await sortedOrder(numbered(texts), new Yielder(systemClock));
        const expected = texts.map((_, i) => i).toSorted((a, b) => compareCodePoints(texts[a]!, texts[b]!) || a - b);
        expect([...order]).toEqual(expected);
      }),
    );
  });

  it('gives the event loop its turns', async () => {
    let turns = 0;
    const eager = { due: () => true, yield: () => Promise.resolve(void turns++) } as unknown as Yielder;
    await sortedOrder(numbered(Array.from({ length: 20_000 }, (_, i) => String((i * 7919) % 20_000))), eager);
    expect(turns).toBeGreaterThan(100);
  });
});
