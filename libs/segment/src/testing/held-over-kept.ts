import { encodeUtf8, seededRandom, yieldToEventLoop } from '#libs/kernel';
import { newBuilder } from './build-segment.ts';

// A process of its own (run with --expose-gc): what a test runner keeps beside the builder comes and goes by megabytes.
// Prints what the builder says it holds over what the process keeps more than before.

declare const gc: () => void;

/** What the process keeps now, apart from garbage: buffers are let go of in the background, after a collection. */
async function keptBytes(): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 10; round++) {
    gc();
    await yieldToEventLoop();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

async function heldOverKept(documents: number): Promise<number> {
  const random = seededRandom(3);
  const word = (): string => Math.floor(random.next() ** 3 * 200_000).toString(36);
  const before = await keptBytes();
  const builder = newBuilder();
  const text = builder.field('text', { type: 'text' });
  const tag = builder.field('tag', { type: 'keyword' });
  const size = builder.field('size', { type: 'long' });
  for (let doc = 0; doc < documents; doc++) {
    const words = Array.from({ length: 60 }, word).join(' ');
    builder.startDocument(`document-${doc}`, encodeUtf8(JSON.stringify({ words })));
    builder.addText(text, words);
    builder.addKeyword(tag, `tag number ${doc % 5000}`);
    builder.addNumber(size, doc);
    builder.endDocument();
  }
  const kept = (await keptBytes()) - before;
  return builder.heldBytes / kept;
}

// Once for the compiler, which keeps what it compiles.
await heldOverKept(500);
process.stdout.write(`${await heldOverKept(12_000)}\n`);
