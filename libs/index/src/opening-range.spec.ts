import { createHash } from 'node:crypto';
import { Yielder, encodeUtf8, systemClock } from '#libs/kernel';
import { analyzer } from '#libs/analysis';
import { MemoryObjectStore } from '#libs/object-store';
import { createSegmentBuilder } from '#libs/segment';
import { openingRange } from './opening-range.ts';
import { SegmentOpener } from './segment-opener.ts';
import { REQUEST_BUDGET } from './segment-request.ts';

const store = new MemoryObjectStore();
const NOISE = createHash('shake256', { outputLength: 1_000_000 }).update('noise').digest();

/** A segment of `documents` with two text fields and a column, of about `sourceBytes` that do not compress. */
async function segmentOf(documents: number, sourceBytes: number) {
  const builder = createSegmentBuilder({ analyzer });
  const title = builder.field('title', { type: 'text' });
  const body = builder.field('body', { type: 'text' });
  const size = builder.field('size', { type: 'long' });
  for (let doc = 0; doc < documents; doc++) {
    const bytes = Math.floor(sourceBytes / documents);
    const pad = NOISE.subarray((doc * 7919) % 900_000, ((doc * 7919) % 900_000) + bytes).toString('base64');
    builder.startDocument(`id${doc}`, encodeUtf8(JSON.stringify({ pad })));
    builder.addText(title, `every ${doc % 100}`);
    if (doc % 3 > 0) builder.addText(body, `word${doc % 50} and more`);
    builder.addNumber(size, doc);
    builder.endDocument();
  }
  const built = builder.finish(new Yielder(systemClock));
  const chunks: Uint8Array[] = [];
  for await (const chunk of built.chunks()) chunks.push(chunk);
  const key = `segment-${documents}-${sourceBytes}`;
  await store.put(key, Buffer.concat(chunks));
  return { ...built.meta, key };
}

describe('the range that opens a segment', () => {
  let large: Awaited<ReturnType<typeof segmentOf>>;
  beforeAll(async () => {
    large = await segmentOf(1500, 7_000_000);
  });

  it('brings norms and ranks with the footer', async () => {
    const entry = await segmentOf(5000, 1_500_000);
    const stats = { gets: 0, bytes: 0, cacheHits: 0 };
    const { reader } = await new SegmentOpener(store).open({ ...entry, id: 's', job: 'j' }, { stats });
    const opened = openingRange(entry).length;
    expect(stats).toMatchObject({ gets: 1, bytes: opened });
    expect(opened - entry.footer.length).toBeLessThan(5000 * 4 + 100);
    const wave = reader.wave();
    const [title, body, ranks] = [wave.norms('title'), wave.norms('body'), wave.idRanks()];
    await wave.flush();
    expect([title.value.length, body.value.length, ranks.value.length]).toEqual([5000, 5000, 5000]);
    expect(stats.gets).toBe(1);
  });

  it('is little: what of a footer grows with its segment is under 0.3 %, so that above 50 MB it is under 0.5 %', () => {
    const { footer, bytes } = large;
    const compressionDictionary = 64 * 1024;
    expect(footer.length).toBeLessThan(compressionDictionary + bytes * 0.003);
  });

  it('is the footer alone where norms and ranks are large', () => {
    const footer = { offset: 100_000_000, length: 50_000 };
    const fields = { body: { type: 'text', docCount: 1_000_000 } } as const;
    const meta = { bytes: 100_050_000, docCount: 1_000_000, fields, footer };
    expect(openingRange(meta)).toEqual(footer);
    expect(openingRange({ ...meta, docCount: 50_000 })).toEqual({ offset: 99_849_968, length: 200_032 });
  });

  it('keeps a request within its budget, however far apart what it reads lies', async () => {
    const entry = large;
    const stats = { gets: 0, bytes: 0, cacheHits: 0 };
    const { reader } = await new SegmentOpener(store).open({ ...entry, id: 's', job: 'j' }, { stats });
    const wave = reader.wave();
    const terms = ['7', '93'].map((term) => wave.term('title', term));
    await wave.flush();
    for (const term of terms) wave.postings(term.value!, true);
    await wave.flush();
    const documents = wave.documents(Array.from({ length: 14 }, (_, at) => at * 105));
    await wave.flush();
    expect(documents.value).toHaveLength(14);
    expect(stats.gets).toBeLessThanOrEqual(REQUEST_BUDGET);
  });
});
