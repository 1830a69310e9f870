import { readFileSync } from 'node:fs';
import { bytesSource } from './bytes-source.ts';
import { FORMAT_VERSION } from './layout.ts';
import { openSegment } from './reader/ranged-segment-reader.ts';
import type { SegmentMeta } from './segment-meta.ts';
import { goldenDocuments, goldenTypes } from './testing/golden-documents.ts';
import { naiveSegment } from './testing/naive-segment.ts';
import { readEverything } from './testing/read-everything.ts';

const read = (name: string): Buffer => readFileSync(new URL(`../test-data/${name}`, import.meta.url));

/** Golden segments are added to and never rewritten: what was once released must be readable as long as its format is. */
describe('golden segments', () => {
  it.each(['format-2', `format-${FORMAT_VERSION}`])('%s reads as it did when it was written', async (name) => {
    const meta = JSON.parse(read(`${name}.json`).toString()) as SegmentMeta;
    const reader = await openSegment(bytesSource(new Uint8Array(read(`${name}.seg`))), meta);
    await reader.verify();
    expect(await readEverything(reader)).toEqual(naiveSegment(goldenDocuments(), goldenTypes));
  });

  it('of an earlier format are refused, saying what to do', async () => {
    const { meta } = JSON.parse(read('format-1.json').toString()) as { meta: SegmentMeta };
    await expect(openSegment(bytesSource(new Uint8Array(read('format-1.seg'))), meta)).rejects.toMatchObject({
      code: 'unsupported_segment_format',
      message: 'segment format 1 is not 2 … 3: an earlier version wrote it; index the documents again',
    });
  });
});
