import { Command } from 'commander';
import { parseBytes } from '#libs/kernel';
import { coldReads } from './cold-reads.ts';
import { indexSpeed } from './index-speed.ts';
import { overhead } from './overhead.ts';
import { relevance } from './relevance.ts';
import { machine } from './report.ts';
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

withCorpus(program.command('search').description('warm top 10 on one segment, beside SQLite FTS5 and MiniSearch'))
  .option('--queries <file>', 'NDJSON {query, tags}; default: drawn from the corpus')
  .option('--per-class <n>', 'queries of each class', Number, 100)
  .option('--passes <n>', 'measured passes over all queries', Number, 5)
  .action((options: { corpus?: string; limit: number; queries?: string; perClass: number; passes: number }) =>
    warmSearch(options),
  );

withCorpus(program.command('cold').description('requests, rounds and bytes of cold queries on one segment'))
  .option('--queries <file>', 'NDJSON {query, tags}; default: drawn from the corpus')
  .action((options: { corpus?: string; limit: number; queries?: string }) => coldReads(options));

program
  .command('relevance')
  .description('nDCG@10 on judged collections, beside what Lucene reaches')
  .argument('<folders...>', 'each with corpus.ndjson.gz, queries.ndjson, qrels.tsv')
  .action(async (folders: string[]) => {
    if (!(await relevance(folders))) process.exitCode = 1;
  });

program
  .command('overhead')
  .description('what gateway, broker and job store add to a warm search of the engine')
  .option('--requests <n>', 'measured requests', Number, 500)
  .action((options: { requests: number }) => overhead(options.requests));

process.stdout.write(`${machine()}\n`);
await program.parseAsync();
