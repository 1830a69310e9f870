import { ByteReader, ByteWriter, encodeUtf8, isQuarryError, seededRandom } from '#libs/kernel';
import { bytesSource } from '../bytes-source.ts';
import { openSegment } from '../reader/ranged-segment-reader.ts';
import { newBuilder, finishSegment } from '../testing/build-segment.ts';
import { flushed } from '../testing/read-everything.ts';
import { chooseDictionary } from './choose-dictionary.ts';
import { StoredBlock } from './stored-block.ts';
import { StoredDictionary, writeStoredDictionary } from './stored-dictionary.ts';

/** Prose of a small vocabulary, so that phrases recur. */
function prose(random: { next(): number }, words: number): string {
  return Array.from({ length: words }, () => `w${Math.floor(random.next() ** 4 * 3000).toString(36)}ord`).join(' ');
}

async function segmentOf(documents: number): Promise<{ sources: string[]; ratio: number; read: string[] }> {
  const random = seededRandom(8);
  const builder = newBuilder();
  const sources = Array.from({ length: documents }, (_, i) => JSON.stringify({ i, text: prose(random, 150) }));
  for (const [i, source] of sources.entries()) {
    builder.startDocument(`id ${i}`, encodeUtf8(source));
    builder.endDocument();
  }
  const { bytes, meta } = await finishSegment(builder);
  const reader = await openSegment(bytesSource(bytes), meta);
  await reader.verify();
  const all = await flushed(reader, (wave) => wave.documents(sources.map((_, i) => i)));
  const read = all.map(({ source }) => Buffer.from(source).toString());
  return { sources, read, ratio: bytes.length / sources.join('').length };
}

describe('stored documents', () => {
  it('come back with a dictionary, without one, and when it is chosen in the middle', async () => {
    for (const documents of [100, 1200, 4000]) {
      const { sources, read } = await segmentOf(documents);
      expect(read).toEqual(sources);
    }
  });

  it('have a dictionary of what recurs in the sample, of the size asked for and never in zstd’s own format', () => {
    const random = seededRandom(9);
    const noise = Buffer.from(Array.from({ length: 64 * 1024 }, () => Math.floor(random.next() * 256)));
    const phrase = Buffer.from('this phrase comes again and again');
    for (let at = 500; at + phrase.length < noise.length; at += 900) phrase.copy(noise, at);
    const dictionary = chooseDictionary(noise, 4096);
    expect(dictionary[0]).toBe(0);
    expect(dictionary.length).toBeLessThanOrEqual(4096);
    expect(dictionary.length).toBeGreaterThan(4000);
    expect(Buffer.from(dictionary).includes(phrase)).toBe(true);
  });

  it('are corrupt, or read, when the dictionary is damaged', () => {
    const out = new ByteWriter();
    writeStoredDictionary(out, encodeUtf8('\0a dictionary, a dictionary, a dictionary'));
    const whole = out.toBytes();
    const random = seededRandom(10);
    const strange = new Set<string>();
    for (let round = 0; round < 500; round++) {
      const bytes = whole.slice();
      bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
      try {
        new StoredDictionary(new ByteReader(bytes)).bytes();
      } catch (error) {
        if (!isQuarryError(error) || error.kind !== 'corrupt') strange.add(String(error));
      }
    }
    expect([...strange]).toEqual([]);
  });

  it('are corrupt with another dictionary than their own, or with none', async () => {
    const random = seededRandom(11);
    const { zstdCompressSync } = await import('node:zlib');
    const dictionary = chooseDictionary(encodeUtf8(prose(random, 50_000)), 4096);
    const raw = new ByteWriter().string('id').string(prose(random, 300)).toBytes();
    const frame = zstdCompressSync(raw, { dictionary });
    const body = new ByteWriter().u32(1).u32(raw.length).u32(frame.length).bytes(frame).toBytes();
    expect(new StoredBlock(body, 1, dictionary).document(0).id).toBe('id');
    expect(() => new StoredBlock(body, 1, undefined)).toThrow(expect.objectContaining({ kind: 'corrupt' }));
  });
});
