import fc from 'fast-check';
import { crc32, type Random } from '#libs/kernel';
import type { SegmentSource } from '#libs/segment';
import {
  below,
  fuzz,
  mutateBytes,
  mutateJson,
  onceIn,
  oneOf,
  RANDOM_FIELDS,
  randomDocuments,
  type RandomDocument,
} from '#libs/testing';
import { mergeSearchPartials } from '../merge/search-partials.ts';
import { finishSearch } from '../present/finish-search.ts';
import type { SearchPartial } from '../search-partial.ts';
import type { SearchableSegment } from '../search.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import { REQUEST_SEEDS } from '../testing/request-seeds.ts';
import { runSearch } from '../testing/run-search.ts';

const schema = testSchema(RANDOM_FIELDS);
const INDEXES = 6;

/** Documents of each index, by the same seed in every run. */
const documentsOf: RandomDocument[][] = fc.sample(randomDocuments(30), { numRuns: INDEXES, seed: 17 });
let indexes: SearchableSegment[][];
beforeAll(async () => {
  indexes = await Promise.all(
    documentsOf.map(async (documents, at) => {
      const middle = documents.length >>> 1;
      const deleted = new Set(documents.filter((_, i) => i % 5 === 0).map(({ id }) => id));
      const parts = [documents.slice(0, middle), documents.slice(middle)].filter((part) => part.length > 0);
      return Promise.all(parts.map((part, i) => buildSegment(`${at}-${i}`, part, schema, deleted)));
    }),
  );
});

/** As a request comes in and a partial goes to another process: as JSON. */
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

async function search(segments: readonly SearchableSegment[], body: unknown): Promise<SearchPartial> {
  const request = throughJson(parseSearchRequest(body));
  let merged: SearchPartial | undefined;
  for (const segment of segments) {
    const partial = throughJson(await runSearch([segment], request, schema));
    merged = merged === undefined ? partial : mergeSearchPartials(merged, partial, request);
  }
  JSON.stringify(finishSearch(merged!, request, schema, { version: 1, tookMs: 0 }));
  return merged!;
}

const body = (random: Random): unknown => {
  const seed = oneOf(random, REQUEST_SEEDS);
  return onceIn(random, 20) ? throughJson(seed) : mutateJson(random, seed);
};

fuzz('requests', { kinds: ['invalid'] }, async (random) => {
  const { failed } = await search(oneOf(random, indexes), body(random));
  const strange = failed.find(({ error }) => error.kind !== 'invalid');
  if (strange) throw new Error(`a segment failed: ${JSON.stringify(strange)}`);
});

/** A segment whose units come damaged, with their checksums made right: it is the decoders that are to notice. */
fuzz('damaged-searches', { kinds: ['invalid'] }, async (random) => {
  let isOpen = false;
  const damaging = (source: SegmentSource): SegmentSource => ({
    read: async (ranges) => {
      const units = await source.read(ranges);
      return isOpen ? units.map((unit) => (onceIn(random, 3) ? damaged(random, unit) : unit)) : units;
    },
  });
  const segment = await buildSegment('s', oneOf(random, documentsOf), schema, new Set(), damaging);
  isOpen = true;
  const bodies = Array.from({ length: 1 + below(random, 4) }, () => oneOf(random, REQUEST_SEEDS));
  for (const seed of bodies) {
    let failed: SearchPartial['failed'] = [];
    try {
      ({ failed } = await search([segment], throughJson(seed)));
    } catch (error) {
      // The statistics of all segments are gathered before, outside of what counts failures.
      if ((error as { kind?: unknown }).kind !== 'corrupt') throw error;
    }
    const strange = failed.find(({ error }) => error.kind !== 'corrupt' && error.kind !== 'invalid');
    if (strange) throw new Error(`a segment failed: ${JSON.stringify(strange)}`);
  }
});

function damaged(random: Random, unit: Uint8Array): Uint8Array {
  const copy = unit.slice();
  const end = copy.length - 4;
  mutateBytes(random, copy, 0, end);
  new DataView(copy.buffer).setUint32(end, crc32(copy.subarray(0, end)), true);
  return copy;
}
