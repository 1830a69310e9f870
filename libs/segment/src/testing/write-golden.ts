import { writeFileSync } from 'node:fs';
import { FORMAT_VERSION } from '../layout.ts';
import { buildSegment } from './build-segment.ts';
import { goldenDocuments, goldenTypes } from './golden-documents.ts';

// Writes test-data/format-<version>: run once for a new format version, before it is released, with
//   node --experimental-transform-types --conditions=quarry-src libs/segment/src/testing/write-golden.ts
const { meta, bytes } = await buildSegment(goldenDocuments(), goldenTypes);
const target = (extension: string): URL =>
  new URL(`../../test-data/format-${FORMAT_VERSION}.${extension}`, import.meta.url);
writeFileSync(target('seg'), bytes);
writeFileSync(target('json'), `${JSON.stringify(meta)}\n`);
