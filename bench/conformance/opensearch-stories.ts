import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { mismatches } from './check-expected.ts';
import { LeftOut } from './left-out.ts';
import type { ElasticAnswer, Step, Story } from './story.ts';

interface Chapter {
  readonly synopsis?: string;
  /** Of OpenSearch, that the chapter holds for: `>= 2.4`. */
  readonly version?: string | number;
  readonly path: string;
  readonly method: string | readonly string[];
  readonly parameters?: Record<string, unknown>;
  readonly request?: { readonly payload?: unknown; readonly content_type?: string };
  readonly response?: { readonly status?: number; readonly payload?: unknown };
  readonly status?: readonly number[];
  readonly output?: unknown;
}

interface File {
  readonly prologues?: readonly Chapter[];
  readonly chapters: readonly Chapter[];
  readonly epilogues?: readonly Chapter[];
}

/** The folders that are about documents and searches; the others administer OpenSearch or belong to its plugins. */
const FOLDERS = ['_core', 'indices'];

/** A story of each file: its prologues, chapters and epilogues. */
export function opensearchStories(folder: string): Story[] {
  return FOLDERS.flatMap((name) =>
    readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml'))
      .toSorted()
      .map((file) => join(name, file)),
  ).map((file) => {
    const { prologues = [], chapters, epilogues = [] } = parse(readFileSync(join(folder, file), 'utf8')) as File;
    return {
      name: file.replace('.yaml', ''),
      steps: [
        ...prologues.map((chapter) => stepOf(chapter, 'prologue', true)),
        ...chapters.map((chapter) => stepOf(chapter, chapter.synopsis ?? chapter.path, false)),
        ...epilogues.map((chapter) => stepOf(chapter, 'epilogue', true)),
      ],
    };
  });
}

function stepOf(chapter: Chapter, title: string, isSetup: boolean): Step {
  const parameters = { ...chapter.parameters };
  const path = chapter.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name];
    delete parameters[name];
    return Array.isArray(value) ? value.join(',') : String(value);
  });
  const payload = chapter.request?.payload;
  const isLines = chapter.request?.content_type === 'application/x-ndjson' && Array.isArray(payload);
  return {
    title,
    isSetup,
    ...(isOfOldVersion(chapter) && { leftOut: 'versions of OpenSearch before 2' }),
    call: {
      method: [chapter.method].flat()[0]!,
      path: path.replace(/^\//, ''),
      parameters,
      ...(isLines ? { lines: payload as unknown[] } : payload !== undefined && { body: payload }),
    },
    check: (answer) => check(chapter, answer),
  };
}

/** The others have a lower bound, or say what they are about elsewhere. */
const isOfOldVersion = ({ version = '' }: Chapter): boolean => String(version).startsWith('<');

function check(chapter: Chapter, answer: ElasticAnswer): string[] {
  if (JSON.stringify(chapter).includes('${')) throw new LeftOut('answers used in the next call');
  const allowed = chapter.status ?? (chapter.response?.status === undefined ? [200, 201] : [chapter.response.status]);
  if (!allowed.includes(answer.status)) {
    return [`status ${answer.status} instead of ${allowed.join(' or ')}: ${JSON.stringify(answer.body).slice(0, 400)}`];
  }
  const payload = chapter.response?.payload;
  return payload === undefined ? [] : mismatches(payload, answer.body, { exactLists: false });
}
