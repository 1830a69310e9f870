import { analyzer } from '#libs/analysis';
import { createIds, encodeUtf8, seededRandom, systemClock, Yielder } from '#libs/kernel';
import { isImmutableKey, ObjectStoreIndexCatalog, type IndexName } from '#libs/index';
import { SearchKind, type JobContext, type TaskContext } from '#libs/jobs';
import { CachingObjectStore, CountingObjectStore, MemoryObjectStore, type StoreCounts } from '#libs/object-store';
import { parseSearchRequest, type SearchResult } from '#libs/query';
import { createSegmentBuilder } from '#libs/segment';

/**
 * What a search costs in requests, counted where they would leave for S3, on one segment that the product's own parts
 * wrote, opened, searched and presented. Counts, so exact on any machine.
 */
const NAME: IndexName = { tenant: 'acme', index: 'articles' };
const DOCUMENTS = 5000;
const WORDS_EACH = 120;
const VOCABULARY = 20_000;

const random = seededRandom(11);
const ids = createIds(systemClock, random);
const store = new MemoryObjectStore();

/** A process that has just started: nothing cached, its requests counted. */
function freshProcess(): { catalog: ObjectStoreIndexCatalog; counted: CountingObjectStore } {
  const counted = new CountingObjectStore(store);
  const cachedStore = new CachingObjectStore(counted, { maxBytes: 2 ** 26, isImmutable: isImmutableKey });
  return {
    counted,
    catalog: new ObjectStoreIndexCatalog({ store: counted, cachedStore, clock: systemClock, random, ids }),
  };
}

/** Word number n comes up about n⁻¹ as often as the first: a few in most documents, most in a few. */
const word = (): string => `w${Math.floor(VOCABULARY ** random.next()).toString(36)}`;

beforeAll(async () => {
  const { catalog } = freshProcess();
  await catalog.create(NAME, { fields: { body: { type: 'text' }, n: { type: 'long' } } });
  const builder = createSegmentBuilder({ analyzer });
  const [body, n] = [builder.field('body', { type: 'text' }), builder.field('n', { type: 'long' })];
  for (let i = 0; i < DOCUMENTS; i++) {
    const text = Array.from({ length: WORDS_EACH }, word).join(' ') + (i % 3 === 0 ? ' blue whale' : ' whale');
    builder.startDocument(`d${i}`, encodeUtf8(JSON.stringify({ body: text, n: i })));
    builder.addText(body, text);
    builder.addNumber(n, i);
    builder.endDocument();
  }
  const built = builder.finish(new Yielder(systemClock));
  const id = ids.next();
  const key = catalog.segmentKey(NAME, id);
  await store.putStream(key, built.chunks());
  await catalog.commit(NAME, { job: 'j1', segments: [{ id, key, meta: built.meta }] });
});

/** A search as a worker does it: plan (which reads the manifest), then its one task and the finish, which are counted. */
async function search(
  { catalog, counted }: ReturnType<typeof freshProcess>,
  body: unknown,
): Promise<{ result: SearchResult; counts: StoreCounts }> {
  const kind = new SearchKind(catalog);
  const spec = { request: parseSearchRequest(body) };
  const now = systemClock.now();
  const job: JobContext = {
    ...NAME,
    jobId: ids.next(),
    createdAt: now,
    startedAt: now,
    jobAttempt: 1,
    tries: 0,
    workers: [],
    clock: systemClock,
    signal: new AbortController().signal,
  };
  const { shared, tasks } = await kind.plan(spec, job);
  expect(tasks).toHaveLength(1);
  counted.reset();
  const context: TaskContext = { ...job, task: 0, attempt: 1, progress: () => undefined };
  const partial = await kind.run(tasks[0]!, shared, spec, context);
  const { result } = await kind.finish(partial, shared, spec, job);
  const counts = counted.snapshot();
  // The receipt says what was really asked of the store.
  expect(result).toMatchObject({
    receipt: { gets: counts.totalRequests, bytes: counts.bytesRead },
    shards: { failed: 0 },
  });
  return { result, counts };
}

it('opening a segment is one range read', async () => {
  const { catalog, counted } = freshProcess();
  const { segments } = await catalog.snapshot(NAME, { consistency: 'strong' });
  expect(segments).toHaveLength(1);
  // So that the counts below mean something: far more than one coalesced read would take.
  expect(segments[0]!.bytes).toBeGreaterThan(2 ** 21);
  counted.reset();
  await catalog.open(segments);
  const { totalRequests, requests, rounds, bytesRead } = counted.snapshot();
  expect({ totalRequests, rounds, ranges: requests.getRanges + requests.get }).toEqual({
    totalRequests: 1,
    rounds: 1,
    ranges: 1,
  });
  // The footer, and before it the norms (a byte a document) and the ranks (two), which nearly every query reads.
  expect(bytesRead).toBeGreaterThanOrEqual(segments[0]!.footer.length + 3 * DOCUMENTS);
  expect(bytesRead).toBeLessThan(segments[0]!.footer.length + 3 * DOCUMENTS + 100);
  await catalog.open(segments);
  expect(counted.snapshot().totalRequests).toBe(1);
});

// Of requests in all only the query of one term has a bound; the rounds are what a user waits for: the footer, dictionary
// blocks and the postings that go with them, documents. The manifest is one more in a process that has none.
const QUERIES: [string, unknown, number][] = [
  ['one word that a third of the documents have', { match: { body: 'blue' } }, 8],
  ['one word that every document has', { match: { body: 'whale' } }, 8],
  ['one rare word', { match: { body: `w${(5000).toString(36)}` } }, 8],
  ['two words, any', { match: { body: 'blue whale' } }, Infinity],
  ['two words, both', { match: { body: { query: 'blue whale', operator: 'and' } } }, Infinity],
  ['a phrase', { match_phrase: { body: 'blue whale' } }, Infinity],
];

describe.each(QUERIES)('%s', (_, query, mostRequests) => {
  it(`cold: at most 3 rounds, of at most ${mostRequests} requests; footer cached: at most 2; warm: none`, async () => {
    const opened = freshProcess();
    await opened.catalog.open((await opened.catalog.snapshot(NAME, { consistency: 'strong' })).segments);
    const process = freshProcess();
    const cold = await search(process, { query, size: 10 });
    expect(cold.result.hits.length).toBeGreaterThan(0);
    expect(cold.counts.totalRequests).toBeGreaterThan(1);
    expect(cold.counts.rounds).toBeLessThanOrEqual(3);
    expect((await search(opened, { query, size: 10 })).counts.rounds).toBeLessThanOrEqual(2);
    expect(cold.counts.totalRequests).toBeLessThanOrEqual(mostRequests);
    const warm = await search(process, { query, size: 10 });
    expect(warm.counts).toMatchObject({ totalRequests: 0, rounds: 0, bytesRead: 0 });
    expect(warm.result.hits).toEqual(cold.result.hits);
  });
});

it.each<[string, unknown]>([
  ['sorted by a column', { sort: [{ n: 'desc' }], size: 10 }],
  [
    'filtered, with aggregations',
    { query: { range: { n: { gte: 100 } } }, size: 0, aggs: { n: { histogram: { field: 'n', interval: 500 } } } },
  ],
  ['one document by id', { query: { ids: { values: ['d77'] } } }],
])('%s: cold at most 4 rounds, warm no request', async (_, body) => {
  const process = freshProcess();
  expect((await search(process, body)).counts.rounds).toBeLessThanOrEqual(4);
  expect((await search(process, body)).counts.totalRequests).toBe(0);
});
