import { mkdir } from 'node:fs/promises';
import { Command } from 'commander';
import { analyzer } from '#libs/analysis';
import { SegmentOpener, type OpenedSegment } from '#libs/index';
import { systemClock, systemRandom, Yielder } from '#libs/kernel';
import { CachingObjectStore, FileObjectStore, openS3ObjectStore, type ObjectStore } from '#libs/object-store';
import { compileQuery, parseSearchRequest, searchSegments, type SearchPartial } from '#libs/query';
import { createSegmentBuilder, type SegmentMeta } from '#libs/segment';
import { readPeerCorpus } from './peer-corpus.ts';
import { bodySchema, bodySpec } from './memory-index.ts';

/**
 * Quarry behind the line protocol of a comparison of search engines: `build` indexes title + "\n" + text as one field into
 * one segment, `serve` answers `ID<TAB>class<TAB>words` lines with times, ids and scores. Writer, store, cache, opener and
 * query path are the product's; what is left out is HTTP, broker and job store, as the other engines have none either.
 */
interface DriverOptions {
  readonly phase: 'build' | 'serve' | 'both';
  readonly corpus: string;
  readonly dir: string;
  readonly limit: number;
  readonly opt: Readonly<Record<string, string>>;
}

const SEGMENT = 'segment';
const META = 'meta.json';
const CACHE_BYTES = 4 * 2 ** 30;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const now = (): number => performance.now() * 1000;

async function storeAt(dir: string): Promise<ObjectStore> {
  const parts = { clock: systemClock, random: systemRandom };
  const bucket = /^s3:\/\/([^/]+)\/(.*)$/.exec(dir);
  if (!bucket) return new FileObjectStore({ root: dir, ...parts });
  return openS3ObjectStore({
    bucket: bucket[1]!,
    prefix: bucket[2]!,
    endpoint: process.env['S3_ENDPOINT']!,
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    pathStyle: true,
    ...parts,
  });
}

/** Lines as they come, those of one chunk together: `readline` between two searches would be measured with the second. */
async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<string[], void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) yield lines;
  }
}

async function build({ corpus, dir, limit }: DriverOptions): Promise<void> {
  if (!dir.startsWith('s3://')) await mkdir(dir, { recursive: true });
  const wall = performance.now();
  const cpu = process.cpuUsage();
  const builder = createSegmentBuilder({ analyzer });
  let docs = 0;
  let bodyBytes = 0;
  for (const { id, title, text } of readPeerCorpus(corpus, limit)) {
    const body = `${title}\n${text}`;
    const field = builder.field('body', bodySpec('standard'));
    builder.startDocument(id, Buffer.from(JSON.stringify({ title, text })));
    builder.addText(field, body);
    builder.endDocument();
    docs++;
    bodyBytes += Buffer.byteLength(body);
  }
  const built = builder.finish(new Yielder(systemClock, 1000));
  const store = await storeAt(dir);
  await store.putStream(SEGMENT, built.chunks());
  await store.put(META, Buffer.from(JSON.stringify(built.meta)));
  const { user, system } = process.cpuUsage(cpu);
  const stages = [{ name: 'index', wall: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6 }];
  say(`#built ${JSON.stringify({ docs, bodyBytes, stages })}`);
}

type Search = (kind: string, words: readonly string[]) => Promise<SearchPartial>;

const COUNTS: Readonly<Record<string, boolean | number>> = { none: false, default: 1000, exact: true };

export async function openPeer({ dir, opt }: Pick<DriverOptions, 'dir' | 'opt'>): Promise<Search> {
  const store = new CachingObjectStore(await storeAt(dir), { maxBytes: CACHE_BYTES, isImmutable: () => true });
  const meta = JSON.parse(new TextDecoder().decode(await store.get(META))) as SegmentMeta;
  const opener = new SegmentOpener(store);
  const entry = { ...meta, id: SEGMENT, key: SEGMENT, job: SEGMENT };
  const schema = bodySchema('standard');
  const { docCount, tokenCount = 0 } = meta.fields['body']!;
  const statistics = { fields: { body: { docCount, tokenCount } } };
  const trackTotalHits = COUNTS[opt['count'] ?? 'none'];
  const size = Number(opt['top'] ?? 10);
  const shown = { size, track_total_hits: trackTotalHits, ...(!('fetch' in opt) && { _source: false }) };
  return (kind, words) => {
    const text = words.join(' ');
    const query =
      kind === 'phrase'
        ? { match_phrase: { body: text } }
        : { match: { body: { query: text, operator: kind === 'intersection' ? 'and' : 'or' } } };
    const request = parseSearchRequest({ query, ...shown });
    const compiled = compileQuery(request.query, schema, { now: 0 });
    const run = (segment: OpenedSegment): Promise<SearchPartial> =>
      searchSegments([segment], request, compiled, schema, statistics, { clock: systemClock });
    const kept = opener.openKept(entry);
    return kept ? run(kept) : opener.open(entry).then(run);
  };
}

async function serve(options: DriverOptions, input: AsyncIterable<readonly string[]>): Promise<void> {
  const began = now();
  const search = await openPeer(options);
  say(`#ready ${JSON.stringify({ openUs: Math.round(now() - began) })}`);
  for await (const lines of input) {
    for (const line of lines) {
      if (line === 'end') return;
      const [id = '', kind = '', text = ''] = line.split('\t');
      const words = text.split(' ');
      const from = now();
      const { hits, total } = await search(kind, words);
      const us = now() - from;
      const list = hits.map((hit) => `${hit.id}:${hit.score}`).join(',');
      say(`${id}\t${us.toFixed(1)}\t${total.relation === 'eq' ? total.value : -1}\t${list}\t`);
    }
  }
}

const program = new Command('peer-driver')
  .requiredOption('--phase <phase>', 'build, serve or both')
  .option('--corpus <file>', 'NDJSON with id, title, text', '')
  .requiredOption('--dir <folder>', 'of the index, or s3://bucket/prefix (endpoint in S3_ENDPOINT)')
  .option('--limit <n>', 'documents', Number, Infinity)
  .option(
    '--opt <k=v>',
    'count=none|default|exact, top=N, fetch=1',
    (value: string, all: Record<string, string>) => {
      const at = value.indexOf('=');
      return { ...all, [value.slice(0, at)]: value.slice(at + 1) };
    },
    {},
  )
  .action(async (options: DriverOptions) => {
    const lines = linesOf(process.stdin);
    if (options.phase !== 'serve') await build(options);
    if (options.phase === 'build') await lines.next();
    else await serve(options, lines);
    process.exit(0);
  });
if (process.argv[1] === import.meta.filename) await program.parseAsync();
