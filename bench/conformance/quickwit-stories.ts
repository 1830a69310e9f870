import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { mismatches } from './check-expected.ts';
import { LeftOut } from './left-out.ts';
import type { Step, Story } from './story.ts';

interface Entry {
  readonly engines?: readonly string[];
  readonly method?: string | readonly string[];
  readonly endpoint?: string;
  readonly params?: Record<string, unknown>;
  readonly json?: unknown;
  readonly ndjson?: readonly unknown[];
  readonly body_from_file?: string;
  readonly expected?: unknown;
  /** null: any. */
  readonly status_code?: number | null;
  readonly store?: unknown;
}

/** The folders whose scenarios hold for Elasticsearch too: the others are calls of Quickwit's own. */
const FOLDERS = ['es_compatibility', 'es_compatibility/bulk', 'es_compatibility/multi-indices'];

/** A story of each folder: its setup, then its scenarios, as they are for Elasticsearch. */
export function quickwitStories(folder: string): Story[] {
  return FOLDERS.map((name) => {
    const path = join(folder, name);
    // The scenarios below a folder run on what it has set up.
    const setups = name === 'es_compatibility' ? [] : [join(folder, 'es_compatibility')];
    const context = Object.assign({}, ...[...setups, path].map(contextOf)) as Entry;
    const files = readdirSync(path).filter((file) => /^\d.*\.yaml$/.test(file));
    return {
      name,
      steps: [
        ...[...setups, path].flatMap((each) => stepsOf(each, '_setup.elasticsearch.yaml', { method: 'PUT' }, true)),
        ...files.toSorted().flatMap((file) => stepsOf(path, file, context, false)),
      ],
    };
  });
}

const contextOf = (folder: string): Entry =>
  Object.assign({}, ...['_ctx.yaml', '_ctx.elasticsearch.yaml'].flatMap((file) => entriesOf(folder, file))) as Entry;

function entriesOf(folder: string, file: string): Entry[] {
  const path = join(folder, file);
  if (!existsSync(path)) return [];
  const documents = parseAllDocuments(readFileSync(path, 'utf8'), { version: '1.1', uniqueKeys: false, merge: true });
  return [...documents].map((document) => document.toJS() as Entry | null).filter((entry) => entry !== null);
}

const stepsOf = (folder: string, file: string, context: Entry, isSetup: boolean): Step[] =>
  entriesOf(folder, file).map((entry, at) =>
    stepOf(folder, `${file.replace('.yaml', '')}#${at + 1}`, { ...context, ...entry }, isSetup),
  );

function stepOf(folder: string, title: string, entry: Entry, isSetup: boolean): Step {
  const [path, query] = (entry.endpoint ?? '').replace(/^\//, '').split('?');
  const leftOut = leftOutOf(entry);
  const methods = [entry.method ?? 'GET'].flat();
  const text = JSON.stringify(entry.json ?? null);
  return {
    title,
    isSetup,
    ...(leftOut !== undefined && { leftOut }),
    call: {
      method: methods.at(-1)!,
      path: decodeURIComponent(path!),
      parameters: { ...Object.fromEntries(new URLSearchParams(query)), ...entry.params },
      ...(entry.json !== undefined && { body: entry.json }),
      ...(entry.ndjson && { lines: entry.ndjson }),
      ...(entry.body_from_file && { lines: linesOf(join(folder, entry.body_from_file)) }),
    },
    check: (answer) => {
      if (text.includes('"$previous"')) throw new LeftOut('scroll');
      const expected = entry.status_code === undefined ? 200 : entry.status_code;
      if (expected !== null && answer.status !== expected && !(expected === 200 && answer.status === 201)) {
        return [`status ${answer.status} instead of ${expected}: ${JSON.stringify(answer.body).slice(0, 400)}`];
      }
      return (entry.expected ?? undefined) === undefined
        ? []
        : mismatches(entry.expected, answer.body, { exactLists: true });
    },
  };
}

function leftOutOf(entry: Entry): string | undefined {
  if (entry.engines && !entry.engines.includes('elasticsearch')) return 'Quickwit only';
  if (entry.endpoint === '_cluster/settings') return 'API over all indexes: _cluster';
  return entry.params && 'scroll' in entry.params ? 'scroll' : undefined;
}

function linesOf(path: string): unknown[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
