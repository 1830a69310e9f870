import fc from 'fast-check';
import { analyzer, type Analyzer } from '#libs/analysis';
import { Yielder, systemClock } from '#libs/kernel';
import { createSegmentBuilder } from './arena-segment-builder.ts';

const withoutWords = (name: string): Analyzer => {
  const found = analyzer(name);
  return { name, version: found.version, analyze: (text, out) => found.analyze(text, out) };
};

async function segmentOf(
  documents: readonly (readonly string[])[],
  analyzerFor: (name: string) => Analyzer,
): Promise<Buffer> {
  const builder = createSegmentBuilder({ analyzer: analyzerFor });
  const plain = builder.field('plain', { type: 'text' });
  const english = builder.field('english', { type: 'text', analyzer: 'english' });
  for (const [i, values] of documents.entries()) {
    builder.startDocument(String(i), new Uint8Array(0));
    for (const value of values) {
      builder.addText(plain, value);
      builder.addText(english, value);
    }
    builder.endDocument();
  }
  const built = builder.finish(new Yielder(systemClock));
  const chunks: Uint8Array[] = [];
  for await (const chunk of built.chunks()) chunks.push(chunk);
  return Buffer.concat([Buffer.from(JSON.stringify(built.meta)), ...chunks]);
}

const word = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('the', 'a', 'running', 'runs', 'Dog’s', 'dogs', 'é', '漢字', '\ud800', 'x.y', '_'),
  },
  { weight: 3, arbitrary: fc.nat(3000).map((n) => `w${n}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
);
const value = fc.array(word, { maxLength: 40 }).map((words) => words.join(' '));
const document = fc.array(value, { maxLength: 3 });

describe('a segment built from words', () => {
  it('is byte for byte what tokens make', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 20 }), async (documents) => {
        expect((await segmentOf(documents, analyzer)).equals(await segmentOf(documents, withoutWords))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('is that with a document of many batches and terms', async () => {
    const long = Array.from({ length: 12_000 }, (_, i) => `t${(i * 7919) % 9001} the`).join(' ');
    const documents = [[long, 'running'], ['dogs', long], [long]];
    expect((await segmentOf(documents, analyzer)).equals(await segmentOf(documents, withoutWords))).toBe(true);
  });
});
