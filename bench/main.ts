import { Command } from 'commander';
import { parseBytes } from '#libs/kernel';
import { coldReads } from './cold-reads.ts';
import { conformance } from './conformance.ts';
import { indexSpeed } from './index-speed.ts';
import { overhead } from './overhead.ts';
import { relevance } from './relevance.ts';
import { residentMemory } from './resident-memory.ts';
import { machine } from './report.ts';
import { scaling } from './scaling.ts';
import { searchThreads } from './search-threads.ts';
import { sitesOf } from './site.ts';
import { threads } from './threads.ts';
import { throughput } from './throughput.ts';
import { warmSearch } from './warm-search.ts';

const program = new Command('npm run bench --').description(
  'Quarry measured on this machine. Counts before times; ratios within one run.',
);

const withCorpus = (command: Command): Command =>
  command
    .option('--corpus <file>', 'NDJSON with id, title, text, plain or .gz or .zst; default: WordNet')
    .option('--limit <n>', 'documents', Number, Infinity);

withCorpus(program.command('index').description('indexing speed, size and memory'))
  .option('--memory <size>', 'of an indexing task', '256MiB')
  .action((options: { corpus?: string; limit: number; memory: string }) =>
    indexSpeed({ corpus: options.corpus, limit: options.limit, memoryBytes: parseBytes(options.memory) }),
  );

withCorpus(
  program
    .command('peers')
    .alias('search')
    .description('warm top 10 on one segment, beside SQLite FTS5 and MiniSearch, with and without exact counts'),
)
  .option('--queries <file>', 'NDJSON {query, tags}; default: drawn from the corpus')
  .option('--per-class <n>', 'queries of each class', Number, 100)
  .option('--passes <n>', 'measured passes over all queries', Number, 5)
  .action((options: { corpus?: string; limit: number; queries?: string; perClass: number; passes: number }) =>
    warmSearch(options),
  );

withCorpus(program.command('cold').description('rounds, requests, bytes and ms of cold queries on one segment'))
  .option('--queries <file>', 'NDJSON {query, tags}; default: drawn from the corpus')
  .option('--per-class <n>', 'queries of each class', Number, 50)
  .option('--bandwidth <MB/s>', 'of one connection to the store; 0: unlimited', Number, 80)
  .action((options: { corpus?: string; limit: number; queries?: string; perClass: number; bandwidth: number }) =>
    coldReads(options),
  );

withCorpus(program.command('memory').description('resident memory of a worker that searches ten times its cache'))
  .option('--seconds <n>', 'of the mixed load', Number, 60)
  .option('--clients <n>', 'requests at once', Number, 8)
  .option('--copies <n>', 'of the corpus, for a larger index', Number, 1)
  .action((options: { corpus?: string; limit: number; seconds: number; clients: number; copies: number }) =>
    residentMemory(options),
  );

program
  .command('relevance')
  .description('nDCG@10 on judged collections, beside what Lucene reaches')
  .argument('<folders...>', 'each with corpus.ndjson.gz, queries.ndjson, qrels.tsv')
  .action(async (folders: string[]) => {
    if (!(await relevance(folders))) process.exitCode = 1;
  });

program
  .command('conformance')
  .description('requests and answers that others wrote down, asked of the built product')
  .requiredOption('--path <folder>', 'with quickwit-scenarii and opensearch-api-spec, or one of them')
  .option('--only <text>', 'stories whose name contains it')
  .action(async (options: { path: string; only?: string }) => {
    if (!(await conformance(options))) process.exitCode = 1;
  });

const onServices = (command: Command): Command =>
  command
    .option('--jobs <place>', 'embedded or redis://…; default: what goes with the broker')
    .option('--redis <url>', 'of `all`, and of the jobs beside an amqp:// broker', 'redis://127.0.0.1:6379')
    .option('--amqp <url>', 'of `all`', 'amqp://127.0.0.1:5672')
    .option('--profile <folder>', "for CPU profiles of the product's processes");
type Services = { broker?: string; jobs?: string; redis: string; amqp: string; profile?: string };

onServices(program.command('overhead').description('what the way through the system adds to a warm search'))
  .option('--broker <place>', 'embedded, redis://…, amqp://… or all, in two processes; default: standalone')
  .option('--requests <n>', 'measured requests', Number, 500)
  .action(({ requests, profile, ...services }: Services & { requests: number }) =>
    overhead({ requests, sites: sitesOf(services), ...(profile !== undefined && { profile }) }),
  );

onServices(program.command('throughput').description('jobs that do nothing, beside empty messages on the bare broker'))
  .option('--broker <place>', 'embedded, redis://…, amqp://… or all', 'all')
  .option('--in-flight <n>', 'jobs or messages at once', Number, 64)
  .option('--rounds <n>', 'of messages and jobs in turns', Number, 6)
  .option('--seconds <n>', 'of each measurement', Number, 2)
  .action(({ profile, ...options }: Services & { inFlight: number; rounds: number; seconds: number }) =>
    throughput({ ...options, sites: sitesOf(options), ...(profile !== undefined && { profile }) }),
  );

withCorpus(
  program.command('threads').description('the event loop and the speed of a process that imports, by QUARRY_THREADS'),
)
  .option('--threads <list>', 'to compare', (text) => text.split(',').map(Number), [0, 1, 2])
  .option('--imports <n>', 'at once', Number, 2)
  .action((options: { corpus?: string; limit: number; threads: number[]; imports: number }) =>
    threads({ ...options, corpus: options.corpus }),
  );

withCorpus(
  program
    .command('search-threads')
    .description('the event loop and the speed of a process that searches heavily, by QUARRY_SEARCH_THREADS'),
)
  .option('--threads <list>', 'to compare', (text) => text.split(',').map(Number), [0, 2])
  .option('--clients <n>', 'that ask heavy searches', Number, 4)
  .option('--seconds <n>', 'of each measurement', Number, 15)
  .action((options: { corpus?: string; limit: number; threads: number[]; clients: number; seconds: number }) =>
    searchThreads({ ...options, corpus: options.corpus }),
  );

program
  .command('scaling')
  .description('cold queries a second of one worker and of four, and what hedging does to the tail')
  .option('--limit <n>', 'documents of WordNet', Number, 20_000)
  .option('--seconds <n>', 'of each measurement', Number, 15)
  .option('--latency <ms>', 'of every request to the store', Number, 60)
  .option('--concurrency <n>', 'tasks a worker runs at once', Number, 4)
  .action((options: { limit: number; seconds: number; latency: number; concurrency: number }) =>
    scaling({ ...options, latencyMs: options.latency }),
  );

process.stdout.write(`${machine()}\n`);
await program.parseAsync();
