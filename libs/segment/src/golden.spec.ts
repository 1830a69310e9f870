import { readFileSync } from 'node:fs';
import { bytesSource } from './bytes-source.ts';
import { openSegment } from './reader/ranged-segment-reader.ts';
import type { SegmentMeta } from './segment-meta.ts';
import { readEverything, type ReadSegment } from './testing/read-everything.ts';

const read = (name: string): Buffer => readFileSync(new URL(`../test-data/${name}`, import.meta.url));

/** Golden segments are added to and never rewritten: what was once written must be readable as long as its format is. */
describe('golden segments', () => {
  it.each(['format-1'])('%s reads as it did when it was written', async (name) => {
    const { meta, content } = JSON.parse(read(`${name}.json`).toString()) as {
      meta: SegmentMeta;
      content: ReadSegment;
    };
    const reader = await openSegment(bytesSource(new Uint8Array(read(`${name}.seg`))), meta);
    await reader.verify();
    expect(JSON.parse(JSON.stringify(await readEverything(reader)))).toEqual(content);
  });
});
